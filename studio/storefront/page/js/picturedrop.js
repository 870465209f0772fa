// The ways a picture comes in: the button (a phone offers its camera), drag and drop anywhere, paste.
import { announce, byId, h } from "./dom.js";
import { filmOf, isFilm, takeFilm } from "./film.js";
import { addressAmong, pictureAmong, picturesOf, takePicture } from "./picture.js";
import { changed, current, go } from "./state.js";
import { t } from "./words.js";

const chooser = h("input", { type: "file", id: "picture-file", accept: "image/*,video/*", class: "visually-hidden", tabindex: "-1", hidden: true, "aria-label": t("byPicture") });

let isAdding = false;
export const MOST_PICTURES = 4;

/** Opens the file chooser. @param beside whether what is chosen comes beside the pictures that are there. */
export function choosePicture({ beside = false } = {}) {
  isAdding = beside;
  chooser.click();
}

const searchFor = (pic) => go(changed({ pic, crop: null, product: "" }));

async function searchBy(file, { beside = false } = {}) {
  const id = isFilm(file) ? await takeFilm(file) : await takePicture(file);
  if (!id && isFilm(file)) return complain(t("videoTooLarge"));
  if (!id) return complain(t("notPicture"));
  const kept = beside && !isFilm(file) ? picturesOf(current()).filter((one) => one !== id && !filmOf(one)) : [];
  return searchFor([...kept, id].slice(-MOST_PICTURES).join(" "));
}

/** A short message at the foot of the window, read out too. */
export function complain(text) {
  byId("toast")?.remove();
  const toast = h("div", { class: "toast", id: "toast" }, text);
  document.body.append(toast);
  announce(text);
  setTimeout(() => toast.remove(), 7000);
}

/** Starts listening for pictures on the whole page. */
export function listenForPictures() {
  const veil = h("div", { class: "drop-veil", hidden: true }, h("p", {}, t("dropHere")));
  byId("masthead").append(chooser);
  document.body.append(veil);
  chooser.addEventListener("change", () => {
    if (chooser.files.length) searchBy(chooser.files[0], { beside: isAdding });
    chooser.value = "";
  });
  const carriesFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  });
  addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!carriesFile(event)) return;
    event.preventDefault();
    const file = pictureAmong(event.dataTransfer);
    if (file) searchBy(file);
    else complain(t("notPicture"));
  });
  addEventListener("paste", (event) => {
    const file = pictureAmong(event.clipboardData);
    const address = file ? null : addressAmong(event.clipboardData, { isTyping: Boolean(event.target.closest?.("input, textarea")) });
    if (!file && !address) return;
    event.preventDefault();
    if (file) searchBy(file);
    else searchFor(address);
  });
}
