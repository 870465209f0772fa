// What stands above the grid: how many, in what time, the chosen filters, the order and the ranking policy.
import { h } from "./dom.js";
import { isFilmId } from "./film.js";
import { icon } from "./icons.js";
import { picturesOf } from "./picture.js";
import { shop } from "./product.js";
import { changed, filtered, go, href } from "./state.js";
import { label, number, t, valueLabel } from "./words.js";

const BUILT_IN = ["keyword", "vector", "hybrid", "reranked"];

export function heading(state) {
  if (state.pic) {
    const shown = t(isFilmId(state.pic) ? "shownVideo" : picturesOf(state).length > 1 ? "shownPictures" : "shownPicture");
    return state.q ? t("resultsBoth", { q: state.q, shown }) : t("resultsPicture", { shown });
  }
  return state.q ? t("resultsFor", { q: state.q }) : t("allProducts");
}

export const countWords = (answer) => t(answer.total_is_exact === false ? "countMore" : "count", { n: answer.total });

function chip(text, state) {
  return h("li", {}, h("a", { class: "chip", href: href(state), "data-go": true, "aria-label": t("removeFilter", { name: text }) }, text, icon("close", 14)));
}

/** The chosen filters, each a link to the same search without it. */
export function chips(state) {
  const items = [];
  for (const [field, wanted] of Object.entries(state.filters)) {
    for (const value of wanted.values ?? []) items.push(chip(valueLabel(value), filtered(field, { values: wanted.values.filter((other) => other !== value) }, state)));
    if (wanted.flag !== undefined) items.push(chip(`${label(field)}: ${valueLabel(wanted.flag)}`, filtered(field, null, state)));
    if (wanted.gte !== undefined || wanted.lte !== undefined) items.push(chip(rangeWords(field, wanted), filtered(field, null, state)));
  }
  if (!items.length) return null;
  if (items.length > 1) items.push(h("li", {}, h("a", { class: "quiet small", href: href(changed({ filters: {} }, state)), "data-go": true }, t("clearFilters"))));
  return h("ul", { class: "chips" }, items);
}

function rangeWords(field, { gte, lte }) {
  const name = label(field);
  if (gte === undefined) return t("atMost", { field: name, b: lte });
  if (lte === undefined) return t("atLeast", { field: name, a: gte });
  return `${name} ${number(gte)} – ${number(lte)}`;
}

function sortChoices() {
  const { roles } = shop();
  const choices = [["", t("sortRelevance")]];
  if (roles.price) choices.push([roles.price, t("sortPriceUp")], [`-${roles.price}`, t("sortPriceDown")]);
  if (roles.rating) choices.push([`-${roles.rating}`, t("sortRating")]);
  if (roles.popularity) choices.push([`-${roles.popularity}`, t("sortPopular")]);
  if (roles.released) choices.push([`-${roles.released}`, t("sortNew")]);
  return choices;
}

export function sortSelect(state) {
  const choices = sortChoices();
  if (state.sort && !choices.some(([value]) => value === state.sort)) choices.push([state.sort, label(state.sort.replace(/^-/, ""))]);
  const options = choices.map(([value, text]) => h("option", { value, selected: value === state.sort }, text));
  return h("label", { class: "sort" }, h("span", {}, t("sort")), h("select", { id: "sort", on: { change: (event) => go(changed({ sort: event.target.value })) } }, options));
}

export function policyNames() {
  return [...new Set([...BUILT_IN, ...Object.keys(shop().policies ?? {})])];
}

export const policyWords = (name) => (BUILT_IN.includes(name) ? t(`policy_${name}`) : label(name));
export const chosenPolicy = (state) => state.policy || shop().default_policy || "reranked";

/** The ranking policies as a segmented control: radio buttons to the keyboard and to screen readers. */
export function policySwitch(state) {
  const chosen = chosenPolicy(state);
  const segments = policyNames().map((name) => [
    h("input", { type: "radio", name: "policy", id: `policy-${name}`, value: name, checked: name === chosen, on: { change: () => go(changed({ policy: name })) } }),
    h("label", { for: `policy-${name}` }, policyWords(name)),
  ]);
  const compare = state.compare
    ? h("a", { class: "quiet small", id: "compare", href: href(changed({ compare: "" }, state)), "data-go": true }, t("stopCompare"))
    : h("a", { class: "quiet small", id: "compare", href: href(changed({ compare: chosen === "keyword" ? "hybrid" : "keyword" }, state)), "data-go": true }, icon("compare", 16), t("compare"));
  return h("div", { class: "policies" }, h("fieldset", { class: "segments" }, h("legend", {}, t("ranking")), segments), compare);
}
