// The filter column: check lists with counts, ranges and yes/no, from the facets of an answer.
import { h, redraw } from "./dom.js";
import { rangeFilter } from "./rangefilter.js";
import { changed, current, filtered, go, href } from "./state.js";
import { label, number, t, valueLabel } from "./words.js";

const FIRST = 7;
const opened = new Set();
const closed = new Set();
const OPEN_AT_FIRST = 5;

const slug = (text) => String(text).replace(/[^\w-]/g, (letter) => `_${letter.codePointAt(0).toString(16)}`);

/** Draws the filters of an answer's facets into `container`. */
export function drawFilters(container, facets, state) {
  const usable = Object.entries(facets).filter(([field, facet]) => field in state.filters || says(facet));
  redraw(
    container,
    h("h2", { class: "filters-title" }, t("filters")),
    usable.map(([field, facet], i) => section(field, facet, state, i)),
    Object.keys(state.filters).length > 0 && h("a", { class: "quiet", href: href(changed({ filters: {} }, state)), "data-go": true, id: "clear-filters" }, t("clearFilters")),
  );
}

/** A facet that cannot tell products apart is left out. */
function says(facet) {
  if (facet.kind === "range") return facet.minimum !== null && facet.maximum !== null && facet.maximum > facet.minimum;
  return facet.values.some((value) => value.selected) || facet.values.filter((value) => value.count > 0).length > 1 || (facet.kind === "flag" && facet.values.some((value) => value.value === true && value.count));
}

function section(field, facet, state, index) {
  const name = label(field);
  const wanted = state.filters[field];
  const open = !closed.has(field) && (opened.has(field) || Boolean(wanted) || index < OPEN_AT_FIRST);
  const body = facet.kind === "range" ? rangeFilter(field, facet, wanted) : checkList(field, facet, wanted);
  const details = h("details", { class: "filter", open }, h("summary", { id: `filter-${slug(field)}` }, name), h("fieldset", {}, h("legend", { class: "visually-hidden" }, name), body));
  details.addEventListener("toggle", () => {
    (details.open ? opened : closed).add(field);
    (details.open ? closed : opened).delete(field);
  });
  return details;
}

function checkList(field, facet, wanted) {
  const chosen = facet.kind === "flag" ? flagValues(wanted) : new Set(wanted?.values ?? []);
  const known = facet.values.map((value) => String(value.value));
  const missing = [...chosen].filter((value) => !known.includes(value)).map((value) => ({ value, count: 0 }));
  const values = [...facet.values, ...missing].filter((value) => value.count > 0 || chosen.has(String(value.value)));
  const shown = values.length <= FIRST + 1 ? values : values.filter((value, i) => i < FIRST || chosen.has(String(value.value)));
  const list = h("ul", { class: "checks" }, shown.map((value) => check(field, facet, value, chosen)));
  const rest = values.filter((value) => !shown.includes(value));
  if (!rest.length) return list;
  const more = h("button", { type: "button", class: "quiet small", id: `more-${slug(field)}`, "aria-expanded": "false" }, t("more", { n: rest.length }));
  more.addEventListener("click", () => {
    list.append(...rest.map((value) => check(field, facet, value, chosen)));
    list.children[shown.length].querySelector("input").focus();
    more.remove();
  });
  return [list, more];
}

const flagValues = (wanted) => new Set(wanted?.flag === undefined ? [] : [String(wanted.flag)]);

function check(field, facet, value, chosen) {
  const text = String(value.value);
  const id = `check-${slug(field)}-${slug(text)}`;
  const box = h("input", { type: "checkbox", id, checked: chosen.has(text), on: { change: () => choose(field, facet.kind, value.value, box.checked) } });
  return h("li", {}, h("label", { for: id }, box, swatch(field, text), h("span", { class: "check-name" }, valueLabel(value.value)), h("span", { class: "check-count" }, number(value.count))));
}

/** A dot in the colour itself, for colour fields whose values the browser knows as colours. */
function swatch(field, text) {
  if (!/colou?r/i.test(field) || !CSS.supports("color", text.toLowerCase())) return null;
  return h("span", { class: "swatch", style: { "--colour": text.toLowerCase() }, "aria-hidden": "true" });
}

function choose(field, kind, value, on) {
  const state = current();
  if (kind === "flag") return go(filtered(field, on ? { flag: value === true || value === "true" } : null, state));
  const values = (state.filters[field]?.values ?? []).filter((other) => other !== String(value));
  return go(filtered(field, { values: on ? [...values, String(value)] : values }, state));
}
