// The list under the search box: an ARIA combobox with the words that others searched and those that begin so.
import { pictureUrl, suggest } from "./api.js";
import { announce, debounce, h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { number, t } from "./words.js";

const TEXTS = 7;
const PRODUCTS = 3;

/** Makes `input` a combobox with its list in `list`; `choose({text})` or `choose({id})` is called with what was taken. */
export function suggestFor(input, list, choose) {
  let items = [];
  let active = -1;
  let asked = null;
  let wanted = false;

  const close = () => {
    wanted = false;
    asked?.abort();
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const mark = (index) => {
    active = (index + items.length + 1) % (items.length + 1);
    if (active === items.length) active = -1;
    [...list.querySelectorAll("[role=option]")].forEach((node, i) => node.setAttribute("aria-selected", String(i === active)));
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `suggestion-${active}`);
  };

  const take = (index) => {
    const item = items[index];
    if (!item.id) input.value = item.text;
    close();
    choose(item);
  };

  const show = (typed, before) => {
    redraw(list, h("li", { class: "suggestions-title", role: "presentation" }, t(typed ? "suggestions" : "popular")), items.map((item, i) => option(item, i, typed)));
    list.hidden = !items.length;
    input.setAttribute("aria-expanded", String(items.length > 0));
    mark(before ? items.findIndex((item) => item.id === before.id && item.text === before.text) : -1);
    if (items.length) announce(t("suggestCount", { n: items.length }));
  };

  const option = (item, i, typed) =>
    h(
      "li",
      { role: "option", id: `suggestion-${i}`, "aria-selected": "false", on: { mousedown: (event) => event.preventDefault(), click: () => take(i) } },
      sign(item, typed),
      h("span", { class: "suggestion-text" }, ...highlighted(item.text, typed)),
      item.kind === "category" || item.kind === "brand" ? h("span", { class: "suggestion-kind" }, t(`kind_${item.kind}`), item.count ? ` · ${number(item.count)}` : "") : null,
    );

  const ask = async () => {
    if (!wanted) return; // a search went off before the pause in typing was over
    const typed = input.value.trim();
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await suggest(typed, asked.signal);
      const products = answer.products.slice(0, PRODUCTS).map((found) => ({ ...found, text: found.title }));
      const before = items[active];
      items = [...answer.texts.slice(0, TEXTS), ...(typed ? products : [])];
      if (wanted) show(typed, before);
    } catch (error) {
      if (error.name !== "AbortError") close(); // suggestions are a comfort: searching goes on without them
    }
  };

  const soon = debounce(ask, 120);
  const want = (how) => {
    wanted = true;
    how();
  };
  input.addEventListener("input", () => want(soon));
  input.addEventListener("focus", () => input.value.trim() || want(ask));
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) want(ask);
      else mark(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      take(active);
    }
  });
  return { close };
}

/** The text with the typed part plain and the rest strong: the eye looks for what is new. */
function highlighted(text, typed) {
  const start = typed ? text.toLowerCase().indexOf(typed.toLowerCase()) : -1;
  if (start < 0) return [text];
  const end = start + typed.length;
  return [h("b", {}, text.slice(0, start)), text.slice(start, end), h("b", {}, text.slice(end))];
}

/** What stands before a suggestion: the product itself, or the kind of help it is. */
function sign(item, typed) {
  if (item.id && item.pictures) return h("img", { class: "suggestion-picture", src: pictureUrl(item.id, 0, 96), alt: "", width: 34, height: 34 });
  return icon(typed ? "search" : "clock", 16);
}
