// Drawing a rectangle on the query picture, with a pointer or with the keyboard.
import { h } from "./dom.js";
import { openDialog } from "./dialog.js";
import { t } from "./words.js";

const SMALLEST = 0.05;
const limit = (value, low = 0, high = 1) => Math.min(high, Math.max(low, value));

/** Opens the dialog; `done` gets [left, top, right, bottom] in shares of the picture, or null for all of it. */
export function openCropper(data, crop, done) {
  let box = crop ?? [0.15, 0.15, 0.85, 0.85];
  const frame = h("div", { class: "crop-frame", tabindex: "0", role: "group", "aria-roledescription": t("cropPicture"), autofocus: true });
  const stage = h("div", { class: "crop-stage" }, h("img", { src: data, alt: t("yourPicture"), draggable: "false" }), frame);

  const place = (next) => {
    box = next;
    const [left, top, right, bottom] = box;
    Object.assign(frame.style, { left: `${left * 100}%`, top: `${top * 100}%`, width: `${(right - left) * 100}%`, height: `${(bottom - top) * 100}%` });
    const [l, tp, r, b] = box.map((side) => Math.round(side * 100));
    frame.setAttribute("aria-label", t("cropArea", { l, t: tp, r, b }));
  };

  stage.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    frame.focus();
    stage.setPointerCapture(event.pointerId);
    const area = stage.getBoundingClientRect();
    const point = (e) => [limit((e.clientX - area.left) / area.width), limit((e.clientY - area.top) / area.height)];
    const [x, y] = point(event);
    const follow = (e) => {
      const [px, py] = point(e);
      if (Math.abs(px - x) < SMALLEST || Math.abs(py - y) < SMALLEST) return;
      place([Math.min(x, px), Math.min(y, py), Math.max(x, px), Math.max(y, py)]);
    };
    stage.addEventListener("pointermove", follow);
    stage.addEventListener("pointerup", () => stage.removeEventListener("pointermove", follow), { once: true });
  });

  frame.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-0.02, 0], ArrowRight: [0.02, 0], ArrowUp: [0, -0.02], ArrowDown: [0, 0.02] }[event.key];
    if (!step) return;
    event.preventDefault();
    place(event.shiftKey ? resized(box, step) : moved(box, step));
  });

  place(box);
  const dialog = openDialog(
    { label: t("cropPicture"), className: "cropper" },
    h("p", { class: "muted" }, t("cropHelp")),
    stage,
    h(
      "div",
      { class: "dialog-actions" },
      h("button", { type: "button", class: "quiet", on: { click: () => finish(null) } }, t("wholePicture")),
      h("button", { type: "button", class: "primary", id: "use-crop", on: { click: () => finish(box) } }, t("useCrop")),
    ),
  );
  function finish(chosen) {
    dialog.close();
    done(chosen);
  }
}

const moved = ([left, top, right, bottom], [dx, dy]) => {
  const x = limit(dx, -left, 1 - right);
  const y = limit(dy, -top, 1 - bottom);
  return [left + x, top + y, right + x, bottom + y];
};

const resized = ([left, top, right, bottom], [dx, dy]) => [left, top, limit(right + dx, left + SMALLEST), limit(bottom + dy, top + SMALLEST)];
