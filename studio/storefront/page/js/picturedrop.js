// The ways a picture comes in: the button (a phone offers its camera), drag and drop anywhere, paste.
import { announce, byId, h } from "./dom.js";
import { isFilm, takeFilm } from "./film.js";
import { pictureAmong, takePicture } from "./picture.js";
import { changed, go } from "./state.js";
import { t } from "./words.js";

const chooser = h("input", { type: "file", id: "picture-file", accept: "image/*,video/*", class: "visually-hidden", tabindex: "-1", hidden: true, "aria-label": t("byPicture") });

/** Opens the file chooser. */
export function choosePicture() {
  chooser.click();
}

async function searchBy(file) {
  const id = isFilm(file) ? await takeFilm(file) : await takePicture(file);
  if (!id && isFilm(file)) return complain(t("videoTooLarge"));
  if (id) return go(changed({ pic: id, crop: null, product: "" }));
  return complain(t("notPicture"));
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
    if (chooser.files.length) searchBy(chooser.files[0]);
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
  });
  addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    searchBy(file);
  });
}
