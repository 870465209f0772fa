// The query picture as a chip: look, crop, remove, and how much it counts beside the words.
import { openCropper } from "./cropper.js";
import { debounce, h } from "./dom.js";
import { filmOf, isFilmId } from "./film.js";
import { icon } from "./icons.js";
import { isAddress, pictureData, picturesOf } from "./picture.js";
import { choosePicture, MOST_PICTURES } from "./picturedrop.js";
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

/** A cross that takes some of the pictures away. */
function removal(state, ids, gone, id) {
  const pic = ids.filter((one) => !gone.includes(one)).join(" ");
  return h("a", { class: "round", id, href: href(changed({ pic, crop: null, ...(pic ? {} : { mix: 50 }) }, state)), "data-go": true, "aria-label": t("removePicture"), title: t("removePicture") }, icon("close", 18));
}

const host = (address) => new URL(address).hostname;
const still = (data) => (isAddress(data) ? h("span", { class: "query-thumb" }, icon("picture", 28)) : thumbnail(data, null));

/** A picture at an address: it is not shown, for a page loads nothing from other hosts. */
const addressPanel = (state, ids, data, add) =>
  h("div", { class: "query-picture", role: "group", "aria-label": t("yourPicture") }, still(data), h("span", { class: "muted query-address" }, t("pictureAt", { host: host(data) })), state.q && mixSlider(state), add, removal(state, ids, ids, "remove-picture"));

/** Several pictures: what is like all of them is looked for. */
const severalPanel = (state, ids, shown, add) =>
  h(
    "div",
    { class: "query-picture several", role: "group", "aria-label": t("yourPictures") },
    shown.map((one, place) => h("span", { class: "query-one" }, still(pictureData(one)), removal(state, ids, [one], `remove-picture-${place}`))),
    h("span", { class: "muted" }, t("likeThese")),
    state.q && mixSlider(state),
    add,
  );

/** @returns the chip of the state's pictures, or null when it has none. */
export function picturePanel(state) {
  if (!state.pic) return null;
  const film = filmOf(state.pic);
  if (film) return filmPanel(film, state);
  const ids = picturesOf(state);
  const shown = ids.filter(pictureData);
  if (!shown.length) return h("div", { class: "query-picture", role: "group", "aria-label": t("yourPicture") }, h("span", { class: "query-gone" }, t(ids.some(isFilmId) ? "videoGone" : "pictureGone")), removal(state, ids, ids, "remove-picture"));
  const add = shown.length < MOST_PICTURES ? h("button", { type: "button", class: "round", id: "add-picture", "aria-label": t("addPicture"), title: t("addPicture"), on: { click: () => choosePicture({ beside: true }) } }, icon("plus", 18)) : null;
  if (shown.length > 1) return severalPanel(state, ids, shown, add);
  const data = pictureData(shown[0]);
  if (isAddress(data)) return addressPanel(state, ids, data, add);
  const crop = () => openCropper(data, state.crop, (chosen) => go(changed({ crop: chosen })));
  return h(
    "div",
    { class: "query-picture", role: "group", "aria-label": t("yourPicture") },
    thumbnail(data, state.crop),
    h("button", { type: "button", class: "quiet", id: "crop", on: { click: crop } }, icon("crop", 18), t("cropPicture")),
    state.q && mixSlider(state),
    add,
    removal(state, ids, ids, "remove-picture"),
  );
}
