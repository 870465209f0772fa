// The storefront: reads the address, asks the API, shows the answer.
import { catalogue, describe, search } from "./api.js";
import { eyes, startBehaviour, watchResults } from "./behaviour.js";
import { drawCategories } from "./categories.js";
import { showComparison } from "./compare.js";
import { announce, byId, h, redraw } from "./dom.js";
import { drawFilters } from "./filters.js";
import { drawMasthead, updateMasthead } from "./masthead.js";
import { listenForPictures } from "./picturedrop.js";
import { tellFrames } from "./picturepanel.js";
import { describeShop } from "./product.js";
import { syncProduct } from "./productdialog.js";
import { searchKey, toRequest } from "./request.js";
import { showBusy, showError, showResults, showSkeletons } from "./results.js";
import { openFilterSheet } from "./sheet.js";
import { current, onChange, startNavigation } from "./state.js";
import { countWords, heading } from "./toolbar.js";
import { t } from "./words.js";

const PATIENCE_MILLISECONDS = 120;
const panel = h("div", { class: "filter-panel", id: "filter-panel" });
let shown = null;
let asked = null;
let total = null;

const openFilters = () => openFilterSheet(panel, () => total);

function waiting(state) {
  const fresh = !shown || shown.q !== state.q || shown.pic !== state.pic || byId("error");
  return setTimeout(() => (fresh ? showSkeletons(state, openFilters) : showBusy()), PATIENCE_MILLISECONDS);
}

function toTop(state) {
  if (!shown || shown.page === state.page) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  byId("results").scrollIntoView({ behavior: calm ? "auto" : "smooth" });
  byId("results").focus({ preventScroll: true });
}

async function find(state) {
  asked?.abort();
  const mine = (asked = new AbortController());
  const timer = waiting(state);
  announce(t("loading"));
  try {
    const answer = state.compare ? await showComparison(state, mine.signal, openFilters) : await search(toRequest(state, { user: eyes.shopper() }), mine.signal);
    if (asked !== mine) return;
    if (!state.compare) {
      showResults(state, answer, openFilters);
      watchResults(answer, state.q);
      tellFrames(answer.frames);
    }
    drawFilters(panel, answer.facets ?? {}, state);
    total = answer.total;
    announce(`${heading(state)}: ${answer.total ? countWords(answer) : t("none")}`);
    toTop(state);
    shown = state;
  } catch (error) {
    if (error.name === "AbortError" || asked !== mine) return;
    if (error.status === undefined) throw error;
    showError(state, error, () => start().then(() => find(current())), openFilters);
  } finally {
    clearTimeout(timer);
  }
}

let latest = null;

function follow(state) {
  updateMasthead(state);
  drawCategories(state);
  const key = searchKey(state) + state.compare;
  if (key !== latest) {
    latest = key;
    find(state);
  }
  syncProduct(state);
}

let described = false;

/** Learns the catalogue's fields once; the page works without them, with plainer cards. */
async function start() {
  if (described) return;
  try {
    describeShop(await describe());
    described = true;
  } catch (error) {
    if (error.status === 404) throw error;
  }
}

function foot() {
  redraw(byId("foot"), h("p", {}, t("footer"), " · ", h("a", { href: `${location.pathname.split("/shop/")[0]}/docs` }, t("apiDocs"))), h("p", { id: "consent-choice" }));
}

drawMasthead();
byId("filters-place").append(panel);
byId("filters-place").setAttribute("aria-label", t("filters"));
byId("results").setAttribute("aria-label", t("search"));
listenForPictures();
foot();
startBehaviour();
onChange(follow);
try {
  await start();
  startNavigation();
} catch (error) {
  showError(current(), error, () => location.reload(), openFilters);
}
document.documentElement.dataset.ready = catalogue;
