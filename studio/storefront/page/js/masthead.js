// The head of the page: the shop's name, the search box, language and colours.
import { catalogue } from "./api.js";
import { byId, h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { choosePicture } from "./picturedrop.js";
import { looksLike } from "./looks.js";
import { picturePanel } from "./picturepanel.js";
import { changed, go } from "./state.js";
import { suggestFor } from "./suggestions.js";
import { themeButton } from "./theme.js";
import { heardPanel, placeVoice } from "./voice.js";
import { t, toggleLanguage } from "./words.js";

const shopName = catalogue.replace(/[-_]+/g, " ").replace(/^./, (letter) => letter.toUpperCase());

function searchForm() {
  const input = h("input", {
    id: "words", name: "q", type: "search", class: "words", placeholder: t("placeholder"), maxlength: 2000,
    "aria-label": t("searchFor"), role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": "suggestions",
    autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "search",
  });
  const list = h("ul", { id: "suggestions", class: "suggestions", role: "listbox", "aria-label": t("suggestions"), hidden: true });
  const search = (words) => go(changed({ q: words.trim(), product: "" }));
  const box = suggestFor(input, list, (taken) => (taken.id ? go(changed({ product: taken.id })) : search(taken.text)));
  return h(
    "form",
    { class: "searchbox", role: "search", action: location.pathname, on: { submit: (event) => { event.preventDefault(); box.close(); search(input.value); } } },
    h("span", { class: "searchbox-icon" }, icon("search")),
    input,
    // The place of the microphone button, where the browser can record: it fills in the words.
    h("span", { class: "voice-place", id: "voice-place" }),
    h("button", { type: "button", class: "round", id: "by-picture", "aria-label": t("byPicture"), title: t("byPicture"), on: { click: () => choosePicture() } }, icon("picture")),
    h("button", { type: "submit", class: "primary searchbox-go" }, t("search")),
    list,
  );
}

/** Draws the head once. */
export function drawMasthead() {
  byId("skip").textContent = t("skip");
  redraw(
    byId("masthead"),
    h(
      "div",
      { class: "masthead-row" },
      h("a", { class: "wordmark", href: location.pathname, "data-go": true }, shopName),
      searchForm(),
      h(
        "div",
        { class: "masthead-tools" },
        h("button", { type: "button", class: "quiet", id: "language", lang: t("language") === "中文" ? "zh-CN" : "en", "aria-label": t("languageHelp"), on: { click: toggleLanguage } }, t("language")),
        themeButton(),
      ),
    ),
    h("div", { class: "query-strip", id: "query-strip" }),
  );
  placeVoice();
}

/** Makes the head agree with a state. */
export function updateMasthead(state) {
  const input = byId("words");
  if (input.value.trim() !== state.q) input.value = state.q;
  const panels = [heardPanel(state), picturePanel(state), looksLike(state)].filter(Boolean);
  byId("query-strip").hidden = !panels.length;
  redraw(byId("query-strip"), panels);
  document.title = `${state.q ? `${state.q} · ` : ""}${shopName} · Vitrine`;
}
