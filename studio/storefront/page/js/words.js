// The page's language, and how numbers, prices and field names are said in it.
import { dictionary } from "./dictionary.js";
import { keep, recall } from "./memory.js";

const LANGUAGES = ["en", "zh"];
const chosen = recall("language");
export const language = LANGUAGES.includes(chosen) ? chosen : navigator.language.startsWith("zh") ? "zh" : "en";
const locale = language === "zh" ? "zh-CN" : "en";
document.documentElement.lang = locale;

/** The words for a key, with {name} filled in and singular|plural chosen by `n`. */
export function t(key, values = {}) {
  const entry = dictionary[key]?.[LANGUAGES.indexOf(language)] ?? key;
  const [one, many] = entry.split("|");
  const text = many !== undefined && values.n !== 1 ? many : one;
  return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? number(values[name]) : (values[name] ?? "")));
}

export function toggleLanguage() {
  keep("language", language === "en" ? "zh" : "en");
  location.reload();
}

const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
export const number = (value) => plain.format(value);

/** Scores: four significant digits, so that small ones stay readable. */
export const score = (value) => Number(value).toLocaleString("en", { maximumSignificantDigits: 4, useGrouping: false });

/** A price with its currency, or with two decimals where the catalogue names none. */
export function price(value, currency) {
  const style = currency ? { style: "currency", currency, currencyDisplay: "narrowSymbol" } : {};
  const decimals = Number.isInteger(value) && currency ? 0 : 2;
  try {
    return new Intl.NumberFormat(locale, { ...style, minimumFractionDigits: decimals, maximumFractionDigits: 2 }).format(value);
  } catch {
    return value.toFixed(2); // a currency that the browser does not know
  }
}

const FIELDS_ZH = { brand: "品牌", supplier: "品牌", category: "分类", categories: "分类", color: "颜色", colour: "颜色", price: "价格", rating: "评分", stock: "库存", material: "材质", size: "尺码", sizes: "尺码", style: "风格", season: "季节", pattern: "图案", list_price: "原价", released: "上架日期", rating_count: "评价数" };

/** A field's name as a label: "list_price" becomes "List price". */
export function label(field) {
  if (language === "zh" && FIELDS_ZH[field]) return FIELDS_ZH[field];
  const words = field.split(".").at(-1).replace(/\*$/, "").replace(/[_-]+/g, " ").replace(/([a-z])([A-Z])/g, "$1 $2").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const STEP = /\s*(?:\/|>)\s*/;
const isPath = (text) => /^[^\s/>].*(?:\/| > )[^/>]+$/.test(text) && !text.includes("://");

/** A filter value as people read it; the steps of a category path are told apart. */
export function valueLabel(value) {
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  const text = String(value);
  return isPath(text) ? text.split(STEP).join(" › ") : text;
}

/** The last step of a category path. */
export const lastStep = (value) => (isPath(String(value)) ? String(value).split(STEP).at(-1) : String(value));
