// What the shop page tells the collector, and the shopper's say in it.
import { catalogue, eventsUrl } from "./api.js";
import { byId, h, redraw } from "./dom.js";
import { t } from "./words.js";
import { collector } from "./vitrine.js";

export const eyes = collector({ endpoint: eventsUrl, application: catalogue });

let shown = { hits: new Map(), search: {} };

/** Watches the cards of an answer, which stand on the page already. */
export function watchResults(answer, words) {
  shown = { hits: new Map(answer.hits.map((hit) => [hit.id, hit])), search: { query_id: answer.query_id, words: words || undefined } };
  for (const card of byId("results").querySelectorAll(".grid .card")) {
    const hit = shown.hits.get(card.dataset.id);
    if (hit?.token) eyes.watch(card, hit, shown.search);
  }
}

/** Watches the cards of a row of recommendations; what is done with them tells of that row. */
export function watchRow(place, answer) {
  const search = { query_id: answer.query_id };
  for (const hit of answer.hits ?? []) {
    const card = hit.token && place.querySelector(`.card[data-id="${CSS.escape(hit.id)}"]`);
    if (!card) continue;
    eyes.watch(card, hit, search);
    card.addEventListener("click", (event) => event.target.closest(".card-link") && eyes.click(hit, search), { capture: true });
  }
}

function clicked(event) {
  const card = event.target.closest?.("#results .grid .card-link")?.closest(".card");
  const hit = card && shown.hits.get(card.dataset.id);
  if (hit?.token) eyes.click(hit, shown.search);
}

/** The button that puts a product into the basket. */
export function basketButton(product) {
  const button = h("button", { type: "button", class: "primary", id: "add-to-basket", disabled: product.soldOut, on: { click: add } }, t("addToBasket"));
  function add() {
    eyes.cart(product.id);
    button.textContent = t("inBasket");
  }
  return button;
}

/** The question, until it is answered; the foot keeps a way to change one's mind. */
function drawConsent() {
  const choose = (answer) => () => {
    answer ? eyes.allow() : eyes.refuse();
    drawConsent();
  };
  const asking = eyes.consent() === null;
  byId("consent").hidden = !asking;
  byId("consent").setAttribute("aria-label", t("privacy"));
  redraw(
    byId("consent"),
    asking && [h("p", {}, t("consentQuestion")), h("button", { type: "button", class: "quiet", id: "refuse", on: { click: choose(false) } }, t("consentNo")), h("button", { type: "button", class: "quiet", id: "allow", on: { click: choose(true) } }, t("consentYes"))],
  );
  redraw(byId("consent-choice"), !asking && h("button", { type: "button", class: "quiet small", id: "change-consent", on: { click: choose(!eyes.consent()) } }, t(eyes.consent() ? "consentWithdraw" : "consentGive")));
}

export function startBehaviour() {
  document.addEventListener("click", clicked, { capture: true });
  drawConsent();
}
