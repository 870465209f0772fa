// From the page's state to a SearchRequest.
import { filmOf } from "./film.js";
import { pictureData, picturesOf } from "./picture.js";
import { shop } from "./product.js";

export const PAGE_SIZE = 24;

const WORDS_PARTS = {
  keyword: { keyword: 1 },
  vector: { text_vector: 1 },
  hybrid: { keyword: 0.8, text_vector: 0.2 },
  reranked: { keyword: 0.8, text_vector: 0.2 },
};

/** Weights that give the picture its share and split the rest among the parts that words have. */
function weights(state, policy) {
  const share = state.mix / 100;
  const parts = WORDS_PARTS[policy] ?? WORDS_PARTS.hybrid;
  const scaled = Object.entries(parts).map(([part, weight]) => [part, +(weight * (1 - share)).toFixed(4)]);
  return Object.fromEntries([...scaled, ["picture_vector", share]]);
}

function filterValues(filters) {
  return Object.fromEntries(
    Object.entries(filters).map(([field, wanted]) => {
      if (wanted.values) return [field, wanted.values];
      if (wanted.flag !== undefined) return [field, wanted.flag];
      const range = {};
      if (wanted.gte !== undefined) range.gte = wanted.gte;
      if (wanted.lte !== undefined) range.lte = wanted.lte;
      return [field, range];
    }),
  );
}

/** @returns a SearchRequest; `extra` goes over it (explain, another policy, another size). */
export function toRequest(state, extra = {}) {
  const policy = extra.policy || state.policy || shop().default_policy || "reranked";
  const request = { policy, size: PAGE_SIZE, from: (state.page - 1) * PAGE_SIZE, filters: filterValues(state.filters) };
  const film = filmOf(state.pic);
  const pictures = film ? [] : picturesOf(state).map(pictureData).filter(Boolean);
  if (state.q) request.text = state.q;
  if (film) {
    request.video = { uri: film.data };
    if (state.q) request.weights = weights(state, policy);
  }
  if (pictures.length) {
    const [left, top, right, bottom] = state.crop ?? [0, 0, 1, 1];
    request.images = pictures.map((uri) => ({ uri, ...(state.crop && pictures.length === 1 ? { crop: { left, top, right, bottom } } : {}) }));
    if (state.q) request.weights = weights(state, policy);
  }
  if (state.sort) request.sort = state.sort;
  return { ...request, ...extra };
}

/** Two states with the same key have the same results. */
export const searchKey = (state) => JSON.stringify([state.q, state.pic, state.crop, state.mix, state.policy, state.sort, state.page, state.filters]);
