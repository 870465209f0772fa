// The query picture as a chip: look, crop, remove, and how much it counts beside the words.
import { openCropper } from "./cropper.js";
import { debounce, h } from "./dom.js";
import { filmOf } from "./film.js";
import { icon } from "./icons.js";
import { pictureData } from "./picture.js";
import { changed, go, href } from "./state.js";
import { t } from "./words.js";

const settle = debounce((mix) => go(changed({ mix })), 250);

/** The chosen part of a picture, cut out by moving a larger picture behind a frame. */
function thumbnail(data, crop) {
  const [left, top, right, bottom] = crop ?? [0, 0, 1, 1];
  const image = h("img", { src: data, alt: t("yourPicture"), width: 56, height: 56 });
  if (crop) {
    image.style.objectFit = "fill";
    image.style.width = `${100 / (right - left)}%`;
    image.style.height = `${100 / (bottom - top)}%`;
    image.style.transform = `translate(${-left * 100}%, ${-top * 100}%)`;
  }
  return h("span", { class: "query-thumb" }, image);
}

function mixSlider(state) {
  return h(
    "div",
    { class: "mix" },
    h("span", { "aria-hidden": "true" }, t("mixWords")),
    h("input", { type: "range", id: "mix", min: 0, max: 100, step: 5, value: state.mix, "aria-label": t("mix"), "aria-valuetext": `${t("mixPicture")} ${state.mix} %`, on: { input: (event) => { event.target.setAttribute("aria-valuetext", `${t("mixPicture")} ${event.target.value} %`); settle(+event.target.value); } } }),
    h("span", { "aria-hidden": "true" }, t("mixPicture")),
  );
}

function filmPanel(film, state) {
  const without = href(changed({ pic: "", crop: null, mix: 50 }, state));
  const thumb = film.poster ? h("img", { src: film.poster, alt: t("yourVideo"), width: 56, height: 56 }) : icon("film", 28);
  return h(
    "div",
    { class: "query-picture", id: "query-video", role: "group", "aria-label": t("yourVideo") },
    h("span", { class: "query-thumb" }, thumb),
    h("span", { class: "muted", id: "video-frames" }, t("yourVideo")),
    state.q && mixSlider(state),
    h("a", { class: "round", id: "remove-picture", href: without, "data-go": true, "aria-label": t("removeVideo") }, icon("close", 18)),
  );
}

/** Tells how many views of the video were searched with, once the answer is there. */
export function tellFrames(frames) {
  const place = document.getElementById("video-frames");
  if (place && frames?.length) place.textContent = t("videoFrames", { n: frames.length });
}

/** @returns the chip of the state's picture, or null when it has none. */
export function picturePanel(state) {
  if (!state.pic) return null;
  const film = filmOf(state.pic);
  if (film) return filmPanel(film, state);
  const data = pictureData(state.pic);
  const without = href(changed({ pic: "", crop: null, mix: 50 }, state));
  const remove = h("a", { class: "round", id: "remove-picture", href: without, "data-go": true, "aria-label": t("removePicture") }, icon("close", 18));
  if (!data) return h("div", { class: "query-picture", role: "group", "aria-label": t("yourPicture") }, h("span", { class: "query-gone" }, t("pictureGone")), remove);
  const crop = () => openCropper(data, state.crop, (chosen) => go(changed({ crop: chosen })));
  return h(
    "div",
    { class: "query-picture", role: "group", "aria-label": t("yourPicture") },
    thumbnail(data, state.crop),
    h("button", { type: "button", class: "quiet", id: "crop", on: { click: crop } }, icon("crop", 18), t("cropPicture")),
    state.q && mixSlider(state),
    remove,
  );
}
