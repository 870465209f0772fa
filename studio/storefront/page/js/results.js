// The results: their head, the grid, and every state it can be in (loading, empty, failed).
import { card } from "./card.js";
import { byId, h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { paging } from "./paging.js";
import { changed, href } from "./state.js";
import { chips, countWords, heading, policySwitch, sortSelect } from "./toolbar.js";
import { label, number, t } from "./words.js";
import { whyDrawer } from "./why.js";

const place = () => byId("results");

/** What stands above the results; `answer` is null while loading or after a failure. */
export function head(state, answer, openFilters) {
  const chosen = Object.keys(state.filters).length;
  const took = answer && answer.took_ms.total > 0 ? h("span", {}, t("took", { ms: number(Math.round(answer.took_ms.total)) })) : null;
  return [
    h(
      "div",
      { class: "results-head" },
      h("div", { class: "results-title" }, h("h1", { id: "heading" }, heading(state)), h("p", { class: "muted", id: "count" }, answer ? [h("strong", {}, countWords(answer)), " ", took] : t("loading"))),
      h("button", { type: "button", class: "quiet open-filters", id: "open-filters", "aria-haspopup": "dialog", on: { click: openFilters } }, icon("filter", 18), chosen ? t("filtersChosen", { n: chosen }) : t("filters")),
      policySwitch(state),
      sortSelect(state),
    ),
    chips(state),
  ];
}

function notices(answer, state) {
  const list = [];
  if (answer.corrected && answer.corrected !== state.q) list.push(h("p", { class: "notice", id: "corrected" }, `${t("corrected")} `, h("a", { href: href(changed({ q: answer.corrected }, state)), "data-go": true }, h("strong", {}, answer.corrected)), "."));
  if (answer.degraded?.length) list.push(h("p", { class: "notice warning", id: "degraded", role: "status" }, t("degraded", { parts: answer.degraded.map(partName).join(", ") })));
  for (const note of answer.notes ?? []) list.push(h("p", { class: "notice quiet-note" }, note));
  return list;
}

const partName = (part) => (t(`part_${part}`) === `part_${part}` ? label(part) : t(`part_${part}`));

function empty(state) {
  const deep = state.page > 1;
  return h(
    "div",
    { class: "message", id: "empty" },
    h("h2", {}, t(deep ? "nonePage" : "none")),
    deep ? null : h("p", {}, t("noneHelp")),
    h(
      "p",
      { class: "message-actions" },
      deep && h("a", { class: "primary", href: href(changed({ page: 1 }, state)), "data-go": true }, t("firstPage")),
      !deep && Object.keys(state.filters).length > 0 && h("a", { class: "primary", href: href(changed({ filters: {} }, state)), "data-go": true }, t("clearFilters")),
      !deep && h("a", { class: "quiet", href: location.pathname, "data-go": true }, t("seeAll")),
    ),
  );
}

/** Grey shapes in the places that products will take. */
export function showSkeletons(state, openFilters) {
  const shapes = Array.from({ length: 12 }, () => h("div", { class: "card skeleton" }, h("span", { class: "tile" }), h("span", { class: "line" }), h("span", { class: "line short" })));
  place().setAttribute("aria-busy", "true");
  redraw(place(), head(state, null, openFilters), h("div", { class: "grid", "aria-hidden": "true" }, shapes));
}

/** Dims what stands there while a narrower or further answer comes. */
export function showBusy() {
  place().setAttribute("aria-busy", "true");
}

export function showResults(state, answer, openFilters) {
  const explain = (hit) => whyDrawer(hit, state, answer);
  place().removeAttribute("aria-busy");
  redraw(
    place(),
    head(state, answer, openFilters),
    notices(answer, state),
    answer.hits.length ? h("ol", { class: "grid" }, answer.hits.map((hit, index) => h("li", {}, card(hit, state, { explain, index })))) : empty(state),
    answer.hits.length > 0 && paging(answer, state),
  );
}

/** A failure in words, with the reason that the service gave and a way to try again. */
export function showError(state, error, retry, openFilters) {
  place().removeAttribute("aria-busy");
  const offline = error.status === 0;
  redraw(
    place(),
    
    h(
      "div",
      { class: "message", id: "error", role: "alert" },
      h("h2", {}, t("failed")),
      h("p", {}, offline ? t("offline") : error.detail || error.message),
      h("p", { class: "message-actions" }, h("button", { type: "button", class: "primary", id: "retry", on: { click: retry } }, icon("retry", 18), t("retry"))),
    ),
  );
}
