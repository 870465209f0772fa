// Two small charts: raw scores as bars, and what each feature did as bars to both sides of a line.
import { h, svg } from "./dom.js";
import { label, score, t } from "./words.js";

const partName = (part) => (t(`part_${part}`) === `part_${part}` ? label(part) : t(`part_${part}`));
const signed = (value) => `${value < 0 ? "−" : "+"}${score(Math.abs(value))}`;

/** `parts`: [[name, raw score]]; `best`: name → the greatest score on the page, where a bar is full. */
export function partBars(parts, best) {
  return h(
    "ul",
    { class: "part-bars" },
    parts.map(([part, value]) => {
      const share = best[part] > 0 ? Math.max(0, Math.min(1, value / best[part])) * 100 : 0;
      const bar = svg("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { class: "bar-ground", width: 100, height: 8, rx: 1 }), svg("rect", { class: `bar part-${part}`, width: share, height: 8, rx: 1 }));
      return h("li", { "data-part": part, "data-score": value }, h("span", {}, partName(part)), h("span", { class: "figure" }, score(value)), bar);
    }),
  );
}

const SHOWN = 10;

/** `contributions`: [{feature, value, contribution, words}]; the largest first, the small rest joined in one bar. */
export function contributionChart(contributions) {
  const sorted = [...contributions].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const rest = sorted.slice(SHOWN);
  const most = Math.abs(sorted[0].contribution) || 1;
  const bar = (value) => {
    const width = (Math.abs(value) / most) * 50;
    return svg(
      "svg",
      { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("line", { x1: 50, x2: 50, y1: 0, y2: 10, class: "bar-axis" }),
      svg("rect", { class: value < 0 ? "bar harms" : "bar helps", x: value < 0 ? 50 - width : 50, y: 1, width: Math.max(0.6, width), height: 8 }),
    );
  };
  const row = (words, value, feature) => h("li", { "data-feature": feature, "data-contribution": value }, h("span", {}, words), h("span", { class: `figure ${value < 0 ? "harms" : "helps"}` }, signed(value)), bar(value));
  const remainder = rest.reduce((sum, one) => sum + one.contribution, 0);
  return h("ul", { class: "contributions" }, sorted.slice(0, SHOWN).map((one) => row(one.words || label(one.feature), one.contribution, one.feature)), rest.length ? row(t("more", { n: rest.length }), remainder, "") : null);
}
