// The shopper's picture: read, made small in the browser, and kept in this tab under a short id.

const LONG_SIDE = 800;

function shortId(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** A picture file as an upright JPEG data URI of at most 800 pixels a side: quick to send, and without its EXIF data. */
async function shrink(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONG_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const paint = canvas.getContext("2d");
  paint.fillStyle = "#fff";
  paint.fillRect(0, 0, canvas.width, canvas.height);
  paint.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas.toDataURL("image/jpeg", 0.9);
}

const memory = new Map();

function keep(id, data) {
  memory.set(id, data);
  try {
    sessionStorage.setItem(`picture:${id}`, data);
  } catch {
    // The tab's store is full: the oldest pictures make room, and memory holds this one until the tab closes.
    Object.keys(sessionStorage).filter((key) => key.startsWith("picture:")).forEach((key) => sessionStorage.removeItem(key));
  }
}

/** Takes a file in. @returns its id, or null when it is not a picture that the browser can read. */
export async function takePicture(file) {
  try {
    const data = await shrink(file);
    const id = shortId(data);
    keep(id, data);
    return id;
  } catch {
    return null;
  }
}

/** Whether a picture's id is its address on the web: the service fetches it, this page does not. */
export const isAddress = (id) => /^https?:\/\//i.test(id);

/** The ids of the pictures of a state, several parted by blanks. */
export const picturesOf = (state) => state.pic.split(" ").filter(Boolean);

/** The data URI of a picture taken in this tab, its address, or null. */
export const pictureData = (id) => (isAddress(id) ? id : (memory.get(id) ?? sessionStorage.getItem(`picture:${id}`)));

/** The first picture or video among what was dropped or pasted, or null. */
export const pictureAmong = (transfer) => [...(transfer?.files ?? [])].find((file) => /^(image|video)\//.test(file.type)) ?? null;

const NAMED_AS_PICTURE = /^https?:\/\/[^\s?#]+\.(jpe?g|png|webp|gif|mp4|m4v|webm|mov|mkv|avi|ogv)([?#]\S*)?$/i;

/** The address among pasted text: outside a text field any, within one those that name a picture or video; or null. */
export function addressAmong(transfer, { isTyping }) {
  const text = (transfer?.getData("text/plain") ?? "").trim();
  return (isTyping ? NAMED_AS_PICTURE : /^https?:\/\/\S+$/i).test(text) ? text : null;
}
