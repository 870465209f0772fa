// Two ranking policies beside each other: where each product moved.
import { search } from "./api.js";
import { picture, priceLine } from "./card.js";
import { byId, h, redraw } from "./dom.js";
import { view } from "./product.js";
import { toRequest } from "./request.js";
import { head } from "./results.js";
import { changed, go, href } from "./state.js";
import { chosenPolicy, policyNames, policyWords } from "./toolbar.js";
import { number, t } from "./words.js";

const DEPTH = 12;

function movement(rank, left) {
  const before = left.get(rank.id);
  if (before === undefined) return h("span", { class: "move is-new", title: t("onlyHere", { n: DEPTH }) }, h("span", { "aria-hidden": "true" }, "✦"), h("span", { class: "visually-hidden" }, t("onlyHere", { n: DEPTH })));
  const steps = before - rank.rank;
  if (!steps) return h("span", { class: "move", "aria-hidden": "true" }, "·");
  const words = t(steps > 0 ? "movedUp" : "movedDown", { n: Math.abs(steps) });
  return h("span", { class: `move ${steps > 0 ? "is-up" : "is-down"}`, title: words }, h("span", { "aria-hidden": "true" }, `${steps > 0 ? "↑" : "↓"}${number(Math.abs(steps))}`), h("span", { class: "visually-hidden" }, words));
}

function row(hit, state, left) {
  const product = view(hit);
  return h(
    "li",
    { class: "compare-row" },
    h("span", { class: "compare-rank" }, number(hit.rank)),
    h("span", { class: "tile" }, picture(product, 0, { sizes: "64px" })),
    h("a", { href: href(changed({ product: hit.id }, state)), "data-go": true }, product.title, product.brand && h("span", { class: "brand" }, product.brand)),
    priceLine(product),
    left && movement(hit, left),
  );
}

function column(policy, answer, state, left) {
  return h("section", { class: "compare-column", "aria-label": policyWords(policy) }, h("h2", {}, policyWords(policy)), h("ol", {}, answer.hits.map((hit) => row(hit, state, left))));
}

function chooser(state) {
  const options = policyNames().filter((name) => name !== chosenPolicy(state)).map((name) => h("option", { value: name, selected: name === state.compare }, policyWords(name)));
  return h("label", { class: "sort" }, h("span", {}, t("compareWith")), h("select", { id: "compare-with", on: { change: (event) => go(changed({ compare: event.target.value })) } }, options));
}

/** Asks both policies and shows them; @returns the answer of the chosen one, for the filters and the count. */
export async function showComparison(state, signal, openFilters) {
  const extra = { size: DEPTH, from: 0 };
  const [answer, other] = await Promise.all([
    search(toRequest(state, extra), signal),
    search(toRequest(state, { ...extra, policy: state.compare, facets: [] }), signal),
  ]);
  const left = new Map(other.hits.map((hit) => [hit.id, hit.rank]));
  byId("results").removeAttribute("aria-busy");
  redraw(byId("results"), head(state, answer, openFilters), chooser(state), h("div", { class: "comparison" }, column(state.compare, other, state, null), column(chosenPolicy(state), answer, state, left)));
  return answer;
}
