// The page of one product, over the results: gallery, facts, reviews and what looks like it.
import { product as fetchProduct } from "./api.js";
import { basketButton, eyes } from "./behaviour.js";
import { picture, priceLine, stars } from "./card.js";
import { openDialog } from "./dialog.js";
import { h, redraw } from "./dom.js";
import { attributes, description, reviews, view } from "./product.js";
import { changed, go } from "./state.js";
import { remember, strips } from "./strips.js";
import { label, number, t, valueLabel } from "./words.js";

const FIRST_REVIEWS = 3;
let open = null;

function gallery(product) {
  const stage = h("div", { class: "gallery-stage tile" });
  const show = (ordinal) => {
    redraw(stage, picture(product, ordinal, { sizes: "(max-width: 800px) 94vw, 520px", eager: true, alt: product.pictures > 1 ? `${product.title}. ${t("picture", { n: ordinal + 1, total: product.pictures })}` : product.title }));
    thumbs.forEach((thumb, i) => thumb.setAttribute("aria-pressed", String(i === ordinal)));
  };
  const thumbs = Array.from({ length: product.pictures > 1 ? Math.min(product.pictures, 8) : 0 }, (_, ordinal) =>
    h("button", { type: "button", class: "thumb tile", "aria-label": t("view", { n: ordinal + 1 }), on: { click: () => show(ordinal) } }, picture(product, ordinal, { sizes: "72px" })),
  );
  show(0);
  return h("div", { class: "gallery" }, stage, thumbs.length > 0 && h("div", { class: "thumbs" }, thumbs));
}

function facts(source) {
  const rows = attributes(source);
  if (!rows.length) return null;
  const words = (value) => (Array.isArray(value) ? value.map(valueLabel).join(", ") : typeof value === "number" ? number(value) : valueLabel(value));
  return h("section", {}, h("h3", {}, t("details")), h("dl", { class: "facts" }, rows.map(([field, value]) => h("div", {}, h("dt", {}, label(field)), h("dd", {}, words(value))))));
}

function review(one) {
  return h("li", {}, one.rating !== null ? stars({ rating: one.rating, ratingCount: null }) : null, one.title ? h("strong", {}, one.title) : null, h("p", {}, one.text), one.author ? h("p", { class: "muted" }, one.author) : null);
}

function reviewSection(source) {
  const all = reviews(source).filter((one) => one.text);
  if (!all.length) return null;
  const list = h("ul", { class: "reviews" }, all.slice(0, FIRST_REVIEWS).map(review));
  const more = all.length > FIRST_REVIEWS && h("button", { type: "button", class: "quiet small", on: { click: () => { list.append(...all.slice(FIRST_REVIEWS).map(review)); more.remove(); } } }, t("allReviews", { n: all.length }));
  return h("section", {}, h("h3", {}, `${t("reviews")} (${number(all.length)})`), list, more);
}

function content(found) {
  const product = view(found);
  return [
    h(
      "div",
      { class: "product-top" },
      gallery(product),
      h(
        "div",
        { class: "product-facts" },
        product.brand ? h("p", { class: "brand" }, product.brand) : null,
        h("p", { class: "product-title" }, product.title),
        priceLine(product),
        stars(product),
        product.stock !== null ? h("p", { class: `stock${product.soldOut ? " is-out" : ""}` }, t(product.soldOut ? "soldOut" : "inStock")) : null,
        h("p", {}, basketButton(product)),
        h("p", { class: "description" }, description(found.source)),
        facts(found.source),
        reviewSection(found.source),
      ),
    ),
    ...strips(found.id),
  ];
}

/** Shows, changes or closes the product page as the state says; closing it goes back to the results. */
export async function syncProduct(state) {
  if (open?.id === state.product) return;
  const before = open;
  open = null;
  before?.dialog.close();
  if (!state.product) return;
  const body = h("div", { class: "product" }, h("p", { class: "muted" }, t("loading")));
  const mine = { id: state.product, dialog: null };
  open = mine;
  mine.dialog = openDialog({ label: t("details"), className: "product-dialog", id: "product", onClose: () => open === mine && ((open = null), go(changed({ product: "" }))) }, body);
  try {
    const found = await fetchProduct(state.product);
    const hit = { id: found.id ?? state.product, source: found.source ?? found, pictures: found.pictures ?? 0 };
    mine.dialog.querySelector("h2").textContent = view(hit).title;
    mine.dialog.setAttribute("aria-label", view(hit).title);
    redraw(body, content(hit));
    remember(hit);
    eyes.view(hit.id);
  } catch (error) {
    redraw(body, h("p", { role: "alert" }, error.status === 404 ? t("productGone") : error.status === 0 ? t("offline") : error.detail || error.message));
  }
}
