// The shopper's video: kept in this tab as it is, with a still of it to show.

const LARGEST_BYTES = 20e6;
const PATIENCE_MILLISECONDS = 4000;
const films = new Map();

export const isFilm = (file) => file.type.startsWith("video/");

/** A file or recording as a data URI. */
export function dataUri(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.replace(/^data:([^;,]*)[^,]*?(;base64)?,/, "data:$1$2,")));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}

/** A frame of the video as a small JPEG; null where this browser cannot play it. */
async function still(file) {
  const video = document.createElement("video");
  const url = URL.createObjectURL(file);
  Object.assign(video, { muted: true, playsInline: true, preload: "auto", src: url });
  try {
    await new Promise((resolve, reject) => {
      setTimeout(reject, PATIENCE_MILLISECONDS);
      video.addEventListener("loadeddata", resolve, { once: true });
      video.addEventListener("error", reject, { once: true });
    });
    const canvas = document.createElement("canvas");
    const scale = 160 / Math.max(video.videoWidth, video.videoHeight, 1);
    canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
    canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.85);
  } catch {
    return null;
  } finally {
    video.removeAttribute("src");
    URL.revokeObjectURL(url);
  }
}

/** Takes a video in. @returns its id, or null when it is too large. */
export async function takeFilm(file) {
  if (file.size > LARGEST_BYTES) return null;
  const [data, poster] = await Promise.all([dataUri(file), still(file)]);
  const id = `film-${Date.now().toString(36)}`;
  films.clear(); // one at a time: they are large
  films.set(id, { data, poster });
  return id;
}

const FILM_ADDRESS = /^https?:\/\/[^\s?#]+\.(mp4|m4v|webm|mov|mkv|avi|ogv)([?#]\S*)?$/i;

/** A film taken in this tab, or one at an address. @returns {{data: string, poster: string|null}|undefined} */
export const filmOf = (id) => films.get(id) ?? (FILM_ADDRESS.test(id) ? { data: id, poster: null } : undefined);

/** Whether an id is of a film, also of one that is no longer here. */
export const isFilmId = (id) => id.startsWith("film-") || FILM_ADDRESS.test(id);
