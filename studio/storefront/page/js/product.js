// A hit as a shopper sees it: which field is the title or the price is declared by the catalogue's roles.
import { language } from "./words.js";

let info = { roles: {}, facets: [] };
export const shop = () => info;

/** Takes the answer of GET /catalogues/{name}. */
export function describeShop(description) {
  info = { ...description, roles: description.roles ?? {} };
}

/** A value by its name or dotted path. */
export function at(source, path) {
  if (!path) return undefined;
  if (path in source) return source[path];
  return path.split(".").reduce((value, step) => value?.[step], source);
}

const numeric = (value) => (value === null || value === undefined || value === "" || Number.isNaN(+value) ? null : +value);
const words = (value) => (Array.isArray(value) ? value.join(", ") : value === null || value === undefined ? "" : String(value));

/** By convention a field NAME_zh holds the Chinese form of NAME. */
function inLanguage(source, field) {
  return words((language === "zh" && at(source, `${field}_zh`)) || at(source, field));
}

/** @returns what the page shows of a hit or product {id, source, pictures, variants}. */
export function view(hit) {
  const { source } = hit;
  const roles = info.roles;
  const price = numeric(at(source, roles.price));
  const list = numeric(at(source, roles.list_price));
  const stock = numeric(at(source, roles.stock));
  return {
    id: hit.id,
    title: inLanguage(source, roles.title ?? "title") || hit.id,
    brand: inLanguage(source, roles.brand ?? ""),
    category: inLanguage(source, roles.category ?? ""),
    price,
    listPrice: list !== null && price !== null && list > price ? list : null,
    currency: info.currency ?? (typeof source.currency === "string" ? source.currency : null),
    rating: numeric(at(source, roles.rating)),
    ratingCount: numeric(at(source, roles.rating_count)),
    soldOut: stock !== null && stock <= 0,
    stock,
    pictures: hit.pictures ?? 0,
    variants: hit.variants ?? 1,
  };
}

/** The long text of a product: the longest declared text field that is not its title. */
export function description(source) {
  const names = (info.text ?? []).filter((name) => name !== info.roles.title && !name.endsWith("_zh") && !name.endsWith("*"));
  const texts = names.map((name) => inLanguage(source, name));
  return texts.sort((a, b) => b.length - a.length)[0] ?? "";
}

/** The reviews of a product as {text, rating, title, author}. */
export function reviews(source) {
  const declared = info.reviews;
  const list = at(source, declared?.field);
  if (!Array.isArray(list)) return [];
  return list.map((review) =>
    typeof review === "string"
      ? { text: review, rating: null }
      : {
          text: (language === "zh" && review.text_zh) || words(review[declared.text]),
          rating: numeric(review[declared.rating]),
          title: words(review.title),
          author: words(review.author ?? review.reviewer ?? review.name),
        },
  );
}

const ATTRIBUTES = ["attributes", "attrs", "specs"];

/** Declared attributes of a product as [field, words], without what the page shows elsewhere. */
export function attributes(source) {
  const shown = new Set(Object.values(info.roles));
  ["brand", "category", "released"].forEach((role) => shown.delete(info.roles[role]));
  const declared = [...(info.keyword ?? []), ...(info.number ?? []), ...(info.flag ?? []), ...(info.date ?? [])].filter((f) => !f.endsWith("*"));
  const rows = declared.filter((f) => !shown.has(f) && f !== info.group).map((f) => [f, at(source, f)]);
  for (const name of ATTRIBUTES) {
    if (source[name] && typeof source[name] === "object" && !Array.isArray(source[name]))
      for (const [key, value] of Object.entries(source[name])) if (!declared.includes(`${name}.${key}`)) rows.push([key, value]);
  }
  return rows.filter(([, value]) => value !== null && value !== undefined && value !== "" && typeof value !== "object" || Array.isArray(value));
}
