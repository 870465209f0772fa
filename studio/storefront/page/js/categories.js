// The shop's departments as a row of links under the head, from the counts of its department or category field.
import { search } from "./api.js";
import { byId, h, redraw } from "./dom.js";
import { shop } from "./product.js";
import { href, parse } from "./state.js";
import { lastStep, t } from "./words.js";

const SHOWN = 9;
let departments = null;

const fieldOf = () => ((shop().keyword ?? []).includes("department") ? "department" : shop().roles.category);

/** The departments of the whole shop, asked for once. A shop that cannot tell them has no row. */
async function learn(field) {
  const answer = await search({ size: 1, facets: [field] });
  const values = answer.facets?.[field]?.values ?? [];
  return values.filter((value) => value.count > 0).slice(0, SHOWN).map((value) => value.value);
}

const capital = (text) => text.replace(/^./u, (letter) => letter.toUpperCase());

/** Draws the row, with the state's own department marked. */
export async function drawCategories(state) {
  const field = fieldOf();
  if (!field) return;
  departments ??= learn(field).catch(() => []);
  const names = await departments;
  const nav = byId("categories");
  nav.hidden = names.length < 2;
  if (nav.hidden) return;
  nav.setAttribute("aria-label", t("categories"));
  const chosen = state.filters[field]?.values ?? [];
  const plain = !state.q && !state.pic && Object.keys(state.filters).length === 0;
  const link = (text, filters, here) => h("li", {}, h("a", { href: href({ ...parse(""), policy: state.policy, filters }), "data-go": true, "aria-current": here ? "true" : null }, text));
  redraw(nav, h("ul", {}, link(t("everything"), {}, plain), names.map((value) => link(capital(lastStep(value)), { [field]: { values: [value] } }, chosen.includes(value)))));
}
