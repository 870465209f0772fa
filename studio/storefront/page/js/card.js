// One product in the grid, and the parts of it that other places show too.
import { pictureUrl } from "./api.js";
import { h, svg } from "./dom.js";
import { icon } from "./icons.js";
import { placeholder } from "./placeholder.js";
import { view } from "./product.js";
import { changed, href } from "./state.js";
import { number, price, t } from "./words.js";

const WIDTHS = [240, 480, 960];
const EAGER = 8;

/** A product's picture in a frame that keeps its place while it loads; a drawn one where it has none. */
export function picture(product, ordinal, { sizes, eager = false, alt = "" }) {
  if (ordinal >= product.pictures) return placeholder(product);
  const image = h("img", {
    alt,
    width: 480,
    height: 600,
    sizes,
    srcset: WIDTHS.map((width) => `${pictureUrl(product.id, ordinal, width)} ${width}w`).join(", "),
    src: pictureUrl(product.id, ordinal, 480),
    loading: eager ? "eager" : "lazy",
    decoding: "async",
  });
  image.addEventListener("error", () => image.replaceWith(placeholder(product)), { once: true });
  return image;
}

export function stars(product) {
  if (product.rating === null) return null;
  const share = Math.max(0, Math.min(1, product.rating / 5)) * 100;
  const row = (name) => svg("svg", { class: name, viewBox: "0 0 100 20", "aria-hidden": "true" }, [0, 1, 2, 3, 4].map((i) => svg("path", { transform: `translate(${i * 20} 0)`, d: "M10 1.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8L1.6 7.7l5.8-.8z" })));
  const full = row("stars-full");
  full.style.clipPath = `inset(0 ${100 - share}% 0 0)`;
  return h(
    "p",
    { class: "rating" },
    h("span", { class: "visually-hidden" }, t("rated", { r: product.rating })),
    h("span", { class: "stars" }, row("stars-empty"), full),
    product.ratingCount ? h("span", { class: "rating-count" }, h("span", { "aria-hidden": "true" }, `(${number(product.ratingCount)})`), h("span", { class: "visually-hidden" }, t("ratedBy", { n: product.ratingCount }))) : null,
  );
}

export function priceLine(product) {
  if (product.price === null) return null;
  const now = price(product.price, product.currency);
  if (product.listPrice === null) return h("p", { class: "price" }, now);
  return h("p", { class: "price reduced" }, h("span", { class: "visually-hidden" }, `${t("now")} `), h("ins", {}, now), " ", h("span", { class: "visually-hidden" }, `${t("was")} `), h("del", {}, price(product.listPrice, product.currency)));
}

/** A hit of the grid. `explain(hit)` opens the why drawer; `index` counts from 0 on this page. */
export function card(hit, state, { explain, index = 0, small = false } = {}) {
  const product = view(hit);
  const eager = index < EAGER;
  const sizes = small ? "160px" : "(max-width: 640px) 46vw, (max-width: 1100px) 30vw, 280px";
  const second = product.pictures > 1 && !small ? h("span", { class: "second", "aria-hidden": "true" }, picture(product, 1, { sizes })) : null;
  return h(
    "article",
    { class: `card${product.soldOut ? " is-sold-out" : ""}`, "data-id": product.id },
    h(
      "a",
      { class: "card-link", id: small ? null : `hit-${product.id}`, href: href(changed({ product: product.id }, state)), "data-go": true },
      h("span", { class: "tile" }, picture(product, 0, { sizes, eager }), second, product.soldOut ? h("span", { class: "badge" }, t("soldOut")) : null, hit.frame ? h("span", { class: "badge seen-at" }, t("seenAt", { s: number(Math.round(hit.frame.seconds * 10) / 10) })) : null),
      product.brand ? h("span", { class: "brand" }, product.brand) : null,
      h("span", { class: "title" }, product.title),
    ),
    priceLine(product),
    h("div", { class: "card-foot" }, stars(product), product.variants > 1 ? h("p", { class: "variants" }, t("colours", { n: product.variants })) : null),
    explain ? h("button", { type: "button", class: "why-button", id: `why-${product.id}`, "aria-label": `${t("why")} ${product.title}`, title: t("why"), on: { click: () => explain(hit) } }, icon("why", 16), h("span", { "aria-hidden": "true" }, t("whyShort"))) : null,
  );
}
