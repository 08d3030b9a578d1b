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
 * @property {string} healthy
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
    healthy: faded(get("dev"), 0.13),
  };
}

/** Of viridis, which everybody sees in the same order, on a light and on a dark background; the first stands out most. */
const ON_LIGHT = ["#440154", "#3b528b", "#21918c", "#5ec962"];
const ON_DARK = ["#fde725", "#5ec962", "#21918c", "#3b528b"];

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

/**
 * One colour scale: the colours between two ends, as they are seen on this background.
 * @param {string} background
 */
export function ramp(background) {
  const [r, g, b] = rgb(background);
  const dark = 0.3 * r + 0.59 * g + 0.11 * b < 128;
  const stops = dark ? ON_DARK : ON_LIGHT;
  const parts = stops.map(rgb);
  /** @param {number} at from one end, 0, which stands out most, to the other, 1 */
  const color = (at) => {
    const along = Math.min(Math.max(at, 0), 1) * (stops.length - 1);
    const i = Math.min(Math.floor(along), stops.length - 2);
    return `rgb(${parts[i].map((from, k) => Math.round(from + (along - i) * (parts[i + 1][k] - from))).join()})`;
  };
  return { dark, stops, color };
}

/** @typedef {ReturnType<typeof ramp>} Ramp */
