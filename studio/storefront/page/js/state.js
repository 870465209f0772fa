// What the page shows is written in its address, so links can be shared and back and forward work.

const EMPTY = { q: "", policy: "", compare: "", sort: "", pic: "", crop: null, mix: 50, product: "", page: 1 };
const listeners = new Set();

/** @returns {{q: string, policy: string, compare: string, sort: string, pic: string, crop: number[]|null, mix: number,
 *   product: string, page: number, filters: Record<string, {values?: string[], gte?: number, lte?: number, flag?: boolean}>}} */
export function parse(search) {
  const state = { ...EMPTY, filters: {} };
  for (const [key, value] of new URLSearchParams(search)) {
    const [kind, field] = key.split(/\.(.*)/s);
    if (kind === "f" && field) (state.filters[field] ??= { values: [] }).values?.push(value);
    else if (kind === "is" && field) state.filters[field] = { flag: value === "yes" };
    else if ((kind === "min" || kind === "max") && field && value !== "" && Number.isFinite(+value))
      (state.filters[field] ??= {})[kind === "min" ? "gte" : "lte"] = +value;
    else if (key === "page") state.page = Math.max(1, Math.min(10000, parseInt(value, 10) || 1));
    else if (key === "mix") state.mix = Math.max(0, Math.min(100, parseInt(value, 10) || 0));
    else if (key === "crop") state.crop = readCrop(value);
    else if (key in EMPTY) state[key] = value;
  }
  return state;
}

function readCrop(text) {
  const sides = text.split(",").map(Number);
  const sound = sides.length === 4 && sides.every((s) => s >= 0 && s <= 1) && sides[0] < sides[2] && sides[1] < sides[3];
  return sound ? sides : null;
}

/** The address of a state: "?q=…", or "?" for the bare shop. */
export function href(state) {
  const params = new URLSearchParams();
  for (const key of ["q", "pic", "policy", "compare", "sort"]) if (state[key]) params.append(key, state[key]);
  if (state.pic && state.crop) params.append("crop", state.crop.map((s) => +s.toFixed(3)).join(","));
  if (state.pic && state.mix !== EMPTY.mix) params.append("mix", state.mix);
  for (const [field, wanted] of Object.entries(state.filters).sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const value of wanted.values ?? []) params.append(`f.${field}`, value);
    if (wanted.gte !== undefined) params.append(`min.${field}`, wanted.gte);
    if (wanted.lte !== undefined) params.append(`max.${field}`, wanted.lte);
    if (wanted.flag !== undefined) params.append(`is.${field}`, wanted.flag ? "yes" : "no");
  }
  if (state.page > 1) params.append("page", state.page);
  if (state.product) params.append("product", state.product);
  return `?${params}`;
}

export const current = () => parse(location.search);

/** The current state with changes; any change but of page or product starts at the first page again. */
export function changed(patch, from = current()) {
  const stays = Object.keys(patch).every((key) => ["page", "product"].includes(key));
  return { ...from, page: stays ? from.page : 1, ...patch };
}

/** The current state with one filter set, or taken away by null. */
export function filtered(field, wanted, from = current()) {
  const filters = { ...from.filters, [field]: wanted };
  const empty = !wanted || (wanted.values && !wanted.values.length) || !Object.values(wanted).some((v) => v !== undefined);
  if (empty) delete filters[field];
  return changed({ filters }, from);
}

/** Shows a state and, unless `replace`, makes it a step in the history. */
export function go(state, { replace = false } = {}) {
  const target = href(state);
  const here = href(current());
  if (target !== here) history[replace ? "replaceState" : "pushState"](null, "", target === "?" ? location.pathname : target);
  emit();
}

export function onChange(listener) {
  listeners.add(listener);
}

function emit() {
  const state = current();
  for (const listener of listeners) listener(state);
}

/** Lets back, forward and every link marked data-go change the state without loading the page again. */
export function startNavigation() {
  addEventListener("popstate", emit);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-go]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(parse(new URL(link.href).search));
  });
  emit();
}
