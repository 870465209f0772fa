// Quiet rows under a product: what is bought with it, what looks like it, and what this shopper looked at before.
import { recommend, similar } from "./api.js";
import { eyes, watchRow } from "./behaviour.js";
import { card } from "./card.js";
import { h, redraw } from "./dom.js";
import { current } from "./state.js";
import { t } from "./words.js";

const SHOWN = 8;
const looked = new Map(); // of this page alone, kept nowhere: what was looked at, the latest last

/** Takes the product that is looked at now. */
export function remember(hit) {
  looked.delete(hit.id);
  looked.set(hit.id, hit);
}

function fill(place, heading, hits) {
  if (!hits.length) return place.remove();
  place.hidden = false;
  place.setAttribute("aria-labelledby", `${place.id}-heading`);
  redraw(place, h("h3", { id: `${place.id}-heading` }, heading), h("ol", { class: "strip" }, hits.slice(0, SHOWN).map((hit) => h("li", {}, card(hit, current(), { small: true })))));
}

async function bought(id, place) {
  const answer = await recommend("bought-together", { product: id, size: SHOWN });
  // What stands in for baskets that nobody filled is in the row below already.
  fill(place, t("boughtTogether"), answer.policy === "bought-together" ? answer.hits : []);
  watchRow(place, answer);
}

async function alike(id, place) {
  const answer = await similar(id);
  fill(place, t("similar"), (answer.hits ?? []).filter((hit) => hit.id !== id));
  watchRow(place, answer);
}

async function recent(id, place) {
  const here = [...looked.values()].reverse();
  const user = eyes.shopper();
  const answer = user ? await recommend("recently-viewed", { user, size: SHOWN * 2 }).catch(() => ({ hits: [] })) : { hits: [] };
  const known = new Set(here.map((hit) => hit.id));
  fill(place, t("recentlyViewed"), [...here, ...answer.hits.filter((hit) => !known.has(hit.id))].filter((hit) => hit.id !== id));
  watchRow(place, answer);
}

/** The rows of a product; each fills itself, and one that has nothing to show goes. */
export function strips(id) {
  const rows = { bought, similar: alike, recent };
  return Object.entries(rows).map(([name, ask]) => {
    const place = h("section", { class: "strip-place", id: name, hidden: name !== "similar" });
    ask(id, place).catch(() => place.remove()); // the product stands without its company
    return place;
  });
}
