// Where the shopper's picture and a product's agree: both pictures with what matched lit and the rest dimmed.
import { match, pictureUrl } from "./api.js";
import { h, redraw } from "./dom.js";
import { isAddress } from "./picture.js";
import { toRequest } from "./request.js";
import { t } from "./words.js";

const SIDE = 360; // pixels of the longer side that is drawn
const LIT = 0.3; // heat below this is shown as shade
const ROWS = ["Upper", "Middle", "Lower"];
const COLUMNS = ["Left", "Centre", "Right"];
const third = (share) => Math.min(2, Math.floor(share * 3));

/** In which ninth of the picture the heat has its middle: a key of the dictionary. */
export function placeOf(map) {
  let [total, down, across] = [0, 0, 0];
  map.forEach((row, y) =>
    row.forEach((heat, x) => {
      const weight = heat * heat; // what is hottest decides
      total += weight;
      down += weight * (y + 0.5);
      across += weight * (x + 0.5);
    }),
  );
  return total ? `heat${ROWS[third(down / total / map.length)]}${COLUMNS[third(across / total / map[0].length)]}` : "heatNowhere";
}

/** The map as a small picture, to be drawn large: warm where it is hot, dark where it is cold. */
function veil(map) {
  const canvas = h("canvas", { width: map[0].length, height: map.length });
  const paint = canvas.getContext("2d");
  const image = paint.createImageData(canvas.width, canvas.height);
  map.flat().forEach((heat, place) => image.data.set(heat > LIT ? [255, 112, 0, 170 * heat] : [14, 12, 10, 440 * (LIT - heat)], place * 4));
  paint.putImageData(image, 0, 0);
  return canvas;
}

function draw(canvas, image, [left, top, right, bottom], map) {
  const [width, height] = [image.naturalWidth * (right - left), image.naturalHeight * (bottom - top)];
  const scale = SIDE / Math.max(width, height);
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const paint = canvas.getContext("2d");
  paint.fillStyle = "#fff";
  paint.fillRect(0, 0, canvas.width, canvas.height);
  paint.drawImage(image, image.naturalWidth * left, image.naturalHeight * top, width, height, 0, 0, canvas.width, canvas.height);
  if (map) paint.drawImage(veil(map), 0, 0, canvas.width, canvas.height);
}

async function loaded(src) {
  const image = new Image();
  image.src = src;
  await image.decode();
  return image;
}

const figure = (canvas, text, map) => {
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${text}. ${t("heatAt", { where: t(placeOf(map)) })}`);
  return h("figure", {}, canvas, h("figcaption", {}, text, h("span", { class: "muted" }, t(placeOf(map)))));
};

async function compared(place, hit, images, crop) {
  const [answer, asked] = await Promise.all([match(hit.id, { images }), loaded(images[0].uri)]);
  const shown = await loaded(pictureUrl(hit.id, answer.number, SIDE));
  const [mine, its] = [h("canvas", {}), h("canvas", {})];
  const toggle = h("button", { type: "button", class: "quiet", id: "heat-toggle", "aria-pressed": "true" }, t("heatToggle"));
  const paint = (lit) => {
    draw(mine, asked, crop ?? [0, 0, 1, 1], lit && answer.query);
    draw(its, shown, [0, 0, 1, 1], lit && answer.product);
    toggle.setAttribute("aria-pressed", String(lit));
  };
  toggle.addEventListener("click", () => paint(toggle.getAttribute("aria-pressed") !== "true"));
  paint(true);
  redraw(place, h("div", { class: "heat-pair" }, figure(mine, t("yourPicture"), answer.query), figure(its, t("heatProduct"), answer.product)), toggle);
}

/** The section for a hit of a search by picture; null where there is nothing to compare. It fills itself. */
export function heatSection(hit, state) {
  const images = state.pic ? toRequest(state).images : null;
  if (!images || !hit.pictures || isAddress(images[0].uri)) return null; // a page draws no pictures of other hosts
  const place = h("div", { class: "heat", id: "heat" }, h("p", { class: "muted" }, t("heatLoading")));
  compared(place, hit, images, state.crop).catch((error) => redraw(place, h("p", { class: "muted" }, error.detail || t("heatFailed"))));
  return h("section", { class: "why-section" }, h("h3", {}, t("heat")), h("p", { class: "muted" }, t("heatHelp")), place);
}
