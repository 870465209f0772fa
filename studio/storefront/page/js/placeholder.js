// A quiet drawing for a product without a picture: two arches and its initial, always the same for one product.
import { h, svg } from "./dom.js";
import { t } from "./words.js";

function seed(text) {
  let value = 7;
  for (const letter of text) value = (value * 31 + letter.codePointAt(0)) >>> 0;
  return value;
}

export function placeholder(product) {
  const number = seed(product.id + product.title);
  const hue = number % 360;
  const lean = 20 + ((number >>> 9) % 30);
  const arch = (x, width, top, name) => svg("path", { class: name, d: `M${x} 100V${top + width / 2}a${width / 2} ${width / 2} 0 0 1 ${width} 0V100z` });
  const drawing = svg(
    "svg",
    { class: "placeholder", viewBox: "0 0 100 100", preserveAspectRatio: "xMidYMax slice", "aria-hidden": "true" },
    svg("circle", { class: "placeholder-sun", cx: 30 + ((number >>> 4) % 40), cy: 30, r: 13 }),
    arch(lean - 8, 40, 44, "placeholder-back"),
    arch(lean + 16, 44, 56, "placeholder-front"),
    svg("text", { x: lean + 38, y: 90, "text-anchor": "middle", class: "placeholder-letter" }, [...product.title][0] ?? "·"),
  );
  drawing.style.setProperty("--hue", hue);
  return h("span", { class: "placeholder-frame", title: t("noPicture") }, drawing);
}
