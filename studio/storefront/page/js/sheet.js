// Filters on a phone: the same panel, lent to a sheet that rises from the foot of the window.
import { openDialog } from "./dialog.js";
import { byId, h } from "./dom.js";
import { t } from "./words.js";

/** Moves `panel` into the sheet until it is closed; `count()` tells how many products match now. */
export function openFilterSheet(panel, count) {
  const done = h("button", { type: "button", class: "primary wide", id: "sheet-done", on: { click: () => dialog.close() } });
  const say = () => (done.textContent = t("showResults", { n: count() ?? 0 }));
  const watcher = new MutationObserver(say);
  const dialog = openDialog(
    {
      label: t("filters"),
      className: "sheet",
      id: "filter-sheet",
      onClose: () => {
        watcher.disconnect();
        byId("filters-place").append(panel);
      },
    },
    panel,
    h("div", { class: "sheet-foot" }, done),
  );
  watcher.observe(panel, { childList: true });
  say();
}
