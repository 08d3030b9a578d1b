// @ts-check
// The colours of the page's theme.

/**
 * @typedef {object} Palette
 * @property {string} text
 * @property {string} background
 * @property {string} grid
 * @property {string} font
 * @property {string} train
 * @property {string} band
 * @property {string} smoothed
 * @property {string} dev
 * @property {string} devBand
 * @property {string} rate
 * @property {string} mark
 * @property {string} left
 */

/**
 * The colours in force, read anew at each drawing.
 * @param {Element} root
 * @returns {Palette}
 */
export function palette(root) {
  const style = getComputedStyle(root);
  const get = (/** @type {string} */ name) => style.getPropertyValue(`--panda-${name}`).trim();
  return {
    text: get("text"),
    background: get("background"),
    grid: get("grid"),
    font: get("font"),
    train: faded(get("train"), 0.8),
    band: faded(get("train"), 0.2),
    smoothed: get("smoothed"),
    dev: get("dev"),
    devBand: faded(get("dev"), 0.2),
    rate: get("rate"),
    mark: get("mark"),
    left: faded(get("left"), 0.75),
  };
}

/** @type {CanvasRenderingContext2D | null} */
let drawing = null;

/**
 * A colour of any notation as red, green and blue, each from 0 to 255.
 * @param {string} color
 */
export function rgb(color) {
  drawing ??= document.createElement("canvas").getContext("2d");
  if (!drawing) throw new Error("this browser has no canvas");
  drawing.fillStyle = color;
  const hexadecimal = String(drawing.fillStyle);
  return [1, 3, 5].map((at) => parseInt(hexadecimal.slice(at, at + 2), 16));
}

/**
 * A colour, seen through.
 * @param {string} color
 * @param {number} opacity
 */
const faded = (color, opacity) => `rgba(${rgb(color).join()},${opacity})`;
