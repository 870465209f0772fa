// A range of numbers: a slider with two handles, fields to type in, and how the products spread over it.
import { h, svg } from "./dom.js";
import { filtered, go } from "./state.js";
import { label, number, t } from "./words.js";

/** @returns the control of a number facet; `wanted` is {gte, lte} or undefined. */
export function rangeFilter(field, facet, wanted = {}) {
  const low = Math.min(facet.minimum ?? 0, wanted.gte ?? Infinity);
  const high = Math.max(facet.maximum ?? 0, wanted.lte ?? -Infinity);
  const step = niceStep(high - low);
  const bottom = Math.floor(low / step) * step;
  const top = Math.ceil(high / step) * step;
  const from = wanted.gte ?? bottom;
  const to = wanted.lte ?? top;

  const settle = (a, b) => {
    const [gte, lte] = a <= b ? [a, b] : [b, a];
    go(filtered(field, { gte: gte > bottom ? round(gte) : undefined, lte: lte < top ? round(lte) : undefined }));
  };
  const slide = (side, value) => h("input", { type: "range", id: `${side}-slide-${field}`, min: bottom, max: top, step, value, "aria-label": t(side, { field: label(field) }) });
  const type = (side, value, hint) => h("input", { type: "number", id: `${side}-type-${field}`, min: 0, step: "any", inputmode: "decimal", placeholder: number(hint), value: value ?? "", "aria-label": t(side, { field: label(field) }) });
  const lowSlide = slide("least", from);
  const highSlide = slide("most", to);
  const lowType = type("least", wanted.gte, bottom);
  const highType = type("most", wanted.lte, top);
  const track = h("div", { class: "range-track" }, lowSlide, highSlide);

  const paint = () => {
    const share = (value) => `${(((value - bottom) / (top - bottom || 1)) * 100).toFixed(1)}%`;
    const [a, b] = [+lowSlide.value, +highSlide.value].sort((x, y) => x - y);
    track.style.setProperty("--from", share(a));
    track.style.setProperty("--to", share(b));
  };
  const preview = () => {
    const [a, b] = [+lowSlide.value, +highSlide.value].sort((x, y) => x - y);
    lowType.value = round(a);
    highType.value = round(b);
    paint();
  };
  for (const one of [lowSlide, highSlide]) {
    one.addEventListener("input", preview);
    one.addEventListener("change", () => settle(+lowSlide.value, +highSlide.value));
  }
  const typed = () => settle(lowType.value === "" ? bottom : +lowType.value, highType.value === "" ? top : +highType.value);
  lowType.addEventListener("change", typed);
  highType.addEventListener("change", typed);
  paint();
  return h("div", { class: "range" }, histogram(facet, bottom, top), track, h("div", { class: "range-fields" }, lowType, h("span", { "aria-hidden": "true" }, "–"), highType));
}

const round = (value) => +value.toFixed(2);

/** About a hundred steps between the ends, each a round number. */
function niceStep(width) {
  if (width <= 0) return 1;
  const rough = width / 100;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * (rough / power > 5 ? 10 : rough / power > 2 ? 5 : rough / power > 1 ? 2 : 1);
}

function histogram(facet, bottom, top) {
  const values = facet.values.filter((value) => value.count > 0);
  if (values.length < 3) return null;
  const most = Math.max(...values.map((value) => value.count));
  const starts = facet.values.map((value) => +value.value).sort((a, b) => a - b);
  const width = starts.length > 1 ? Math.min(...starts.slice(1).map((start, i) => start - starts[i])) : top - bottom;
  const scale = 100 / (top - bottom || 1);
  const bars = values.map((value) => {
    const height = Math.max(4, (value.count / most) * 100);
    return svg("rect", { x: (+value.value - bottom) * scale, y: 100 - height, width: Math.max(1, width * scale - 0.8), height });
  });
  return svg("svg", { class: "histogram", viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, bars);
}
