// The drawer that says why a result stands where it stands, with the numbers of the API as they are.
import { search } from "./api.js";
import { eyes } from "./behaviour.js";
import { contributionChart, partBars } from "./charts.js";
import { openDialog } from "./dialog.js";
import { announce, h, redraw } from "./dom.js";
import { heatSection } from "./heat.js";
import { icon } from "./icons.js";
import { view } from "./product.js";
import { searchKey, toRequest } from "./request.js";
import { policyWords } from "./toolbar.js";
import { number, score, t } from "./words.js";

const PARTS = ["keyword", "text_vector", "picture_vector", "words_to_picture"];
let kept = { key: "", answer: null };

/** The same search once more, for the same shopper, with explanations; asked for only when somebody wants to know. */
async function explained(state) {
  const user = state.compare ? undefined : eyes.shopper(); // policies are compared for nobody in particular
  const key = `${searchKey(state)} ${user}`;
  if (kept.key !== key) kept = { key, answer: await search(toRequest(state, { user, explain: true, facets: [] })) };
  return kept.answer;
}

const section = (title, help, ...content) => h("section", { class: "why-section" }, h("h3", {}, title), help && h("p", { class: "muted" }, help), ...content);

function featureTable(features) {
  const rows = Object.entries(features);
  if (!rows.length) return null;
  return h(
    "details",
    { class: "why-features" },
    h("summary", {}, t("features", { n: rows.length })),
    h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("feature")), h("th", { scope: "col" }, t("value")))), h("tbody", {}, rows.map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value === null ? t("absent") : score(value)))))),
  );
}

function copyButton(trace) {
  const button = h("button", { type: "button", class: "quiet", id: "copy-trace" }, icon("copy", 18), t("copyTrace"));
  button.addEventListener("click", async () => {
    const text = JSON.stringify(trace, null, 2);
    try {
      await navigator.clipboard.writeText(text);
      redraw(button, icon("check", 18), t("copied"));
      announce(t("copied"));
    } catch {
      button.replaceWith(h("textarea", { class: "trace", readonly: true, rows: 8, "aria-label": t("copyTrace"), value: text }));
    }
  });
  return button;
}

function content(hit, answer, state) {
  const why = hit.explanation;
  const parts = Object.entries(why.sub_queries).sort(([a], [b]) => PARTS.indexOf(a) - PARTS.indexOf(b));
  const best = Object.fromEntries(parts.map(([part]) => [part, Math.max(...answer.hits.map((other) => other.explanation?.sub_queries[part] ?? 0))]));
  const rows = [[t("finalRank"), number(why.final_rank), "final-rank"], [t("policy"), policyWords(answer.policy), "policy-used"], [t("modelVersion"), why.model ?? t("none_"), "model-used"]];
  return [
    why.summary.length > 0 && h("div", { class: "why-summary" }, why.summary.map((sentence) => h("p", {}, sentence))),
    heatSection(hit, state),
    section(t("parts"), parts.length ? t("partsHelp") : t("noParts"), partBars(parts, best), h("p", { class: "fused", "data-fused": why.fused_score }, t("fused", { score: score(why.fused_score), rank: number(why.fused_rank) }))),
    why.model && why.contributions.length
      ? section(t("model"), t("modelHelp", { score: score(why.model_score), base: score(why.base_value ?? 0) }), contributionChart(why.contributions))
      : section(t("model"), t("noModel")),
    why.moves.length > 0 && section(t("moves"), null, h("ul", {}, why.moves.map((move) => h("li", {}, move)))),
    featureTable(why.features),
    h("dl", { class: "why-facts" }, rows.map(([name, value, id]) => h("div", {}, h("dt", {}, name), h("dd", { id }, value)))),
    copyButton({ query_id: answer.query_id, policy: answer.policy, model: answer.model, took_ms: answer.took_ms, hit }),
  ];
}

/** Opens the drawer of one hit of a state's results. */
export async function whyDrawer(hit, state) {
  const product = view(hit);
  const body = h("div", { class: "why", "aria-live": "polite" }, h("p", { class: "muted" }, t("loading")));
  openDialog({ label: t("why"), className: "drawer", id: "why" }, h("p", { class: "why-title" }, `${hit.rank}. ${product.title}`), body);
  try {
    const answer = await explained(state);
    const again = answer.hits.find((other) => other.id === hit.id);
    redraw(body, again?.explanation ? content(again, answer, state) : h("p", {}, t("nonePage")));
  } catch (error) {
    redraw(body, h("p", { role: "alert" }, error.status === 0 ? t("offline") : error.detail || error.message));
  }
}
