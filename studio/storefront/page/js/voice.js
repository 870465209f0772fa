// The microphone button: click or hold, speak, and what was heard becomes the words, with other readings to choose from.
import { transcribe } from "./api.js";
import { announce, byId, h, redraw } from "./dom.js";
import { dataUri } from "./film.js";
import { icon } from "./icons.js";
import { canRecord, record } from "./microphone.js";
import { complain } from "./picturedrop.js";
import { changed, go } from "./state.js";
import { number, t } from "./words.js";

const HELD_MILLISECONDS = 400;
let session = null; // {stop, cancel} while it listens
let pressedAt = 0;
let latest = null; // what was heard last

function show(state) {
  const button = byId("by-voice");
  button.dataset.state = state;
  button.setAttribute("aria-pressed", String(state === "listening"));
  button.setAttribute("aria-label", t(state === "listening" ? "voiceStop" : "byVoice"));
  button.title = t(state === "listening" ? "voiceStop" : "byVoice");
  button.setAttribute("aria-disabled", String(state === "working")); // truly disabled, it would lose the focus
  byId("voice-state").textContent = state === "listening" ? t("voiceListening") : state === "working" ? t("voiceWorking") : "";
  byId("voice-state").hidden = state === "idle";
  if (state !== "listening") button.style.removeProperty("--level");
}

async function listen() {
  show("working");
  try {
    session = await record((level) => byId("by-voice").style.setProperty("--level", level.toFixed(2)));
  } catch (error) {
    show("idle");
    return complain(t(error.name === "NotFoundError" ? "voiceNone" : "voiceRefused"));
  }
  show("listening");
  announce(t("voiceListening"));
  const recording = await session.recording;
  session = null;
  if (!recording) return show("idle");
  show("working");
  try {
    latest = await transcribe(await dataUri(recording));
    go(changed({ q: latest.text, product: "" }));
    announce(`${t("voiceHeard")} ${latest.text}`);
  } catch (error) {
    complain(error.detail || t("voiceFailed"));
  } finally {
    show("idle");
    byId("words").focus({ preventScroll: true });
  }
}

function press() {
  if (session) session.stop();
  else if (byId("by-voice").dataset.state === "idle") {
    pressedAt = performance.now();
    listen();
  }
}

/** The button with its live state; null where this browser cannot record. */
export function voiceButton() {
  if (!canRecord()) return null;
  const release = () => {
    // Held down, it listens as long as it is held; after a click it listens until the shopper stops speaking.
    if (session && performance.now() - pressedAt > HELD_MILLISECONDS && pressedAt) session.stop();
    pressedAt = 0;
  };
  const byKey = (event) => {
    if (event.key === "Escape" && session) session.cancel();
    if ((event.key === "Enter" || event.key === " ") && !event.repeat) {
      event.preventDefault();
      pressedAt = 0;
      press();
      pressedAt = 0;
    }
  };
  return [
    h("span", { class: "voice-state", id: "voice-state", role: "status", hidden: true }),
    h(
      "button",
      { type: "button", class: "round voice", id: "by-voice", "data-state": "idle", "aria-label": t("byVoice"), "aria-pressed": "false", title: t("byVoice"), on: { pointerdown: (event) => event.button === 0 && press(), pointerup: release, pointerleave: release, keydown: byKey } },
      icon("microphone"),
    ),
  ];
}

/** What was heard, as long as its words are searched for: other readings to choose, and the words to correct. */
export function heardPanel(state) {
  if (!latest) return null;
  const readings = [latest, ...latest.alternatives].map((one) => one.text);
  if (!readings.includes(state.q)) {
    latest = null;
    return null;
  }
  const choose = (text) => h("button", { type: "button", class: "chip heard-other", on: { click: () => go(changed({ q: text })) } }, text);
  const correct = () => {
    byId("words").focus();
    byId("words").select();
  };
  return h(
    "div",
    { class: "heard", id: "heard", role: "group", "aria-label": t("voiceHeard") },
    h("p", { class: "heard-text" }, icon("microphone", 16), `${t("voiceHeard")} `, h("strong", {}, `“${state.q}”`), state.q === latest.text ? h("span", { class: "muted" }, ` ${t("voiceSure", { n: number(Math.round(latest.confidence * 100)) })}`) : null),
    h("div", { class: "heard-others" }, readings.filter((text) => text !== state.q).slice(0, 3).map(choose), h("button", { type: "button", class: "quiet", id: "correct-heard", on: { click: correct } }, t("voiceCorrect"))),
  );
}

/** Puts the button into its place in the search box. */
export function placeVoice() {
  const button = voiceButton();
  if (button) redraw(byId("voice-place"), ...button);
}
