// The public search API, and nothing but: any shop's own page would speak to it the same way.

const [, root, name] = location.pathname.match(/^(.*)\/shop\/([^/]+)/) ?? [null, "", document.documentElement.dataset.catalogue];
export const catalogue = decodeURIComponent(name);
export const eventsUrl = `${root}/events`;
const base = `${root}/catalogues/${encodeURIComponent(catalogue)}`;

/** An answer that is not a result. `status` 0: nothing answered at all. `next` says what may help. */
export class ApiError extends Error {
  constructor(status, title, detail) {
    super(title);
    this.status = status;
    this.detail = detail;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(base + path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "offline", "");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.title ?? response.statusText, body.detail ?? "");
  return body;
}

/** The declared fields, roles and policies of this catalogue. */
export const describe = () => call("");

/** @param request a SearchRequest */
export const search = (request, signal) =>
  call("/search", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request), signal });

/** What is said in a recording: {text, confidence, alternatives}. */
export const transcribe = (uri) => call("/transcribe", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ uri }) });

export const suggest = (words, signal) => call(`/suggest?q=${encodeURIComponent(words)}`, { signal });

const productPath = (id) => `/products/${encodeURIComponent(id)}`;
export const product = (id) => call(productPath(id));
/** @param asked {product, user, filter, size} as far as the kind needs them */
export const recommend = (kind, asked) => call(`/recommendations/${kind}?${new URLSearchParams(asked)}`);
/** What pictures show, in the catalogue's own values. @param request {images, values} */
export const recognize = (request) => call("/recognize", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request) });
/** Which picture of a product agrees with those of a search, and where: {number, score, query, product}. @param request {images} */
export const match = (id, request) => call(`${productPath(id)}/match`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request) });
export const similar = (id) => call(`${productPath(id)}/similar?size=8`);

/** Address of a product's picture, scaled so that its longer side has `size` pixels. */
export const pictureUrl = (id, ordinal, size) => `${base}${productPath(id)}/pictures/${ordinal}?size=${size}`;
