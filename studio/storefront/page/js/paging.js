// Pages as real links, so that they open in new tabs and back and forward work.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { shop } from "./product.js";
import { PAGE_SIZE } from "./request.js";
import { changed, href } from "./state.js";
import { chosenPolicy } from "./toolbar.js";
import { number, t } from "./words.js";

const DEEPEST = 10000;
const CANDIDATES = 200;

/** The pages to name: the ends, the current one and its neighbours; 0 stands for a gap. */
export function pagesAround(page, last) {
  const near = [1, page - 1, page, page + 1, last].filter((n) => n >= 1 && n <= last);
  const wanted = [...new Set(near)].sort((a, b) => a - b);
  return wanted.flatMap((n, i) => (i && n - wanted[i - 1] > 1 ? [0, n] : [n]));
}

/** How far results are ranked: a mixed search orders only its first candidates, a list by one order goes to the end. */
function reach(state) {
  const mixed = (state.q && chosenPolicy(state) !== "keyword") || state.pic;
  return mixed && !state.sort ? (shop().policies?.[chosenPolicy(state)] ?? CANDIDATES) : DEEPEST;
}

export function paging(answer, state) {
  const last = Math.ceil(Math.min(answer.total, reach(state)) / PAGE_SIZE);
  if (last <= 1) return null;
  const link = (page, content, props = {}) => h("a", { href: href(changed({ page }, state)), "data-go": true, ...props }, content);
  const step = (page, name, side) => (page >= 1 && page <= last ? link(page, icon(side, 18), { class: "page-step", "aria-label": t(name), rel: side === "left" ? "prev" : "next" }) : null);
  const numbers = pagesAround(state.page, last).map((page) =>
    page ? h("li", {}, link(page, number(page), { "aria-label": t("page", { n: page }), "aria-current": page === state.page ? "page" : null })) : h("li", { class: "page-gap", "aria-hidden": "true" }, "…"),
  );
  return h("nav", { class: "paging", "aria-label": t("pages") }, step(state.page - 1, "previous", "left"), h("ol", {}, numbers), step(state.page + 1, "next", "right"));
}
