// @ts-check
// The dev examples that a network is most wrong about: each as an image or as a row, and its softmax beside its hardmax.

import { likely } from "./bars.js";
import { element } from "./element.js";
import { drawImage } from "./pictures.js";
import { measured, short, whole } from "./text.js";

/**
 * @typedef {object} Wrong see pictures.py
 * @property {number} number of the dev example
 * @property {number} is its class
 * @property {number | string} loss
 * @property {[number, number][]} probabilities class and probability; the most probable first, the true one among them
 * @property {import("./pictures.js").Image | null} image
 * @property {[string, string][]} columns name and value of the first columns, where it is no image
 */

/**
 * @param {Wrong[]} worst
 * @param {string[]} classes
 */
export const worstView = (worst, classes) => worst.map((one) => card(one, classes));

/**
 * What is to be known of how the examples are shown; "" where nothing is.
 * @param {{ worst: Wrong[], inputs: number, dev_shifted: boolean }} answer
 */
export function howShown({ worst, inputs, dev_shifted }) {
  if (!worst.length) return "";
  const [{ image, columns }] = worst;
  if (!image) return columns.length < inputs ? `The first ${columns.length} of ${whole(inputs)} inputs of each.` : "";
  if (!dev_shifted) return "";
  return "Images are as they are after the shift, each from its own darkest to its lightest pixel.";
}

/**
 * @param {Wrong} wrong
 * @param {string[]} classes
 */
function card({ number, is, loss, probabilities, image, columns }, classes) {
  const taken = probabilities[0][0];
  const names = taken === is ? classes[is] : `${classes[is]} → ${classes[taken]}`;
  return element(
    "li",
    {},
    seen(number, classes[is], image, columns),
    element("p", { class: "panda-worst-name", title: names }, names),
    element("p", { class: "panda-small" }, `example ${whole(number)}, loss\u00a0${measured(loss)}`),
    table(probabilities, is, classes),
  );
}

/**
 * @param {number} number
 * @param {string} name
 * @param {import("./pictures.js").Image | null} image
 * @param {[string, string][]} columns
 */
function seen(number, name, image, columns) {
  if (image) {
    const label = `dev example ${number}, of class ${name}`;
    const canvas = element("canvas", { class: "panda-worst-image", role: "img", "aria-label": label });
    drawImage(canvas, image);
    return canvas;
  }
  const rows = columns.map(([column, value]) =>
    element("div", { title: `${column}: ${value}` }, element("dt", {}, column), element("dd", {}, shown(value))),
  );
  return element("dl", {}, ...rows);
}

/**
 * @param {[number, number][]} probabilities
 * @param {number} is
 * @param {string[]} classes
 */
function table(probabilities, is, classes) {
  const rows = probabilities.map(([k, p], i) => {
    const cells = [element("td", {}, likely(p)), element("td", {}, i ? "0" : "1")];
    cells[0].style.setProperty("--panda-share", `${Math.round(100 * p)}%`);
    const name = element("th", { scope: "row", title: classes[k] }, classes[k]);
    return element("tr", { class: k === is ? "panda-true" : "" }, name, ...cells);
  });
  const heads = ["class", "softmax", "hardmax"].map((name) => element("th", { scope: "col" }, name));
  return element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
}

/**
 * A number with as many digits as there is room for.
 * @param {string} value
 */
const shown = (value) => (value && Number.isFinite(Number(value)) ? short(Number(value)) : value || "missing");
