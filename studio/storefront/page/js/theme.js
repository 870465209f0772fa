// Light or dark: the system's choice until the shopper makes one.
import { h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { keep, recall } from "./memory.js";
import { t } from "./words.js";

const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (recall("theme") ?? (system.matches ? "dark" : "light")) === "dark";

function apply() {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
}

apply();

/** The button that changes it. */
export function themeButton() {
  const button = h("button", { type: "button", class: "round", id: "theme" });
  const draw = () => {
    apply();
    button.setAttribute("aria-label", t(isDark() ? "toLight" : "toDark"));
    redraw(button, icon(isDark() ? "sun" : "moon"));
  };
  button.addEventListener("click", () => {
    keep("theme", isDark() ? "light" : "dark");
    draw();
  });
  system.addEventListener("change", draw);
  draw();
  return button;
}
