// What the shopper's picture seems to show, in the shop's own values: quiet chips that add a filter when pressed.
import { recognize } from "./api.js";
import { byId, h, redraw } from "./dom.js";
import { toRequest } from "./request.js";
import { filtered, href } from "./state.js";
import { label, lastStep, number, t } from "./words.js";

const LEAST_SURE = 1 / 3;
const LEAST_LIFT = 2; // as probable as twice that of any product, or the picture says nothing
const MOST = 4;
let kept = { key: "", answer: null };

function asked(state, images) {
  const key = JSON.stringify([state.pic, state.crop]);
  if (kept.key !== key) kept = { key, answer: recognize({ images, values: 1 }) };
  return kept.answer;
}

function suggestions(answer, state) {
  return answer.fields
    .flatMap((field) => field.values.slice(0, 1).map((value) => ({ ...value, field: field.field, first: field.is_category })))
    .filter((one) => one.confidence >= LEAST_SURE && one.lift >= LEAST_LIFT && !state.filters[one.field])
    .sort((a, b) => b.first - a.first || b.confidence - a.confidence)
    .slice(0, MOST);
}

const chip = (one, state) =>
  h("a", { class: "chip look", href: href(filtered(one.field, { values: [one.value] }, state)), "data-go": true, title: `${label(one.field)}: ${t("lookSure", { p: number(Math.round(one.confidence * 100)), n: one.count })}` }, lastStep(one.value));

/** The chips of a state's picture, or null when it has none. They come when they are known; a search never waits for them. */
export function looksLike(state) {
  const images = state.pic ? toRequest(state).images : null;
  if (!images) return null;
  const place = h("div", { class: "looks", id: "looks", role: "group", "aria-label": t("looksLike"), hidden: true });
  asked(state, images).then(
    (answer) => {
      const found = suggestions(answer, state);
      if (!found.length || byId("looks") !== place) return;
      redraw(place, h("span", { class: "muted" }, t("looksLike")), found.map((one) => chip(one, state)));
      place.hidden = false;
    },
    () => {
      kept = { key: "", answer: null }; // chips are a help, and the search itself tells what is wrong with the picture
    },
  );
  return place;
}
