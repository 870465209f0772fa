// Dialogs of every kind (product, why, crop, filters on a phone) open and close in one way.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./words.js";

/** Opens a modal dialog with a heading and a close button; it removes itself when closed. A click beside it closes it.
 * @returns the dialog element */
export function openDialog({ label, className, id, onClose }, ...content) {
  const opener = document.activeElement;
  const dialog = h(
    "dialog",
    { class: `dialog ${className}`, id, "aria-label": label },
    h("div", { class: "dialog-head" }, h("h2", {}, label), h("button", { type: "button", class: "round dialog-close", "aria-label": t("close"), on: { click: () => dialog.close() } }, icon("close"))),
    h("div", { class: "dialog-body" }, ...content),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    const back = opener?.isConnected ? opener : document.getElementById(opener?.id ?? "");
    back?.focus({ preventScroll: true });
    onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
