// @ts-check
// Pictures of data: an example that is an image, and the plane of two inputs with its decision boundary.

import { rgb } from "./palette.js";
import { visible } from "./text.js";

/** @typedef {{ height: number, width: number, grey: string }} Image grey levels as bytes in base64 */

/**
 * @typedef {object} Plane see model_at.py
 * @property {number} points along each side
 * @property {[[number, number], [number, number]]} ends of its two sides
 * @property {string} classes of the points, as bytes in base64
 * @property {string} certainty of the points, as bytes in base64
 * @property {[number, number][]} x examples
 * @property {number[]} y their classes
 */

const CLASS_COLORS = ["blue", "orange", "green", "violet", "red", "gray"];
const MOST_NAMED = 12; // classes in the description of a picture
const ENLARGED = 4; // pixels of a point, along each side

/** @param {string} text */
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser has no canvas");
  return context;
}

/**
 * @param {HTMLCanvasElement} canvas hidden where there is no image
 * @param {Image | null} image
 */
export function drawImage(canvas, image) {
  canvas.hidden = !image;
  if (!image) return;
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = contextOf(canvas);
  const pixels = context.createImageData(image.width, image.height);
  bytes(image.grey).forEach((grey, i) => pixels.data.set([grey, grey, grey, 255], 4 * i));
  context.putImageData(pixels, 0, 0);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Plane} plane
 * @param {string[]} classes
 */
export function drawPlane(canvas, plane, classes) {
  const style = getComputedStyle(canvas);
  const color = (/** @type {string} */ name) => rgb(style.getPropertyValue(`--st-${name}-color`).trim());
  const size = ENLARGED * plane.points;
  canvas.width = canvas.height = size;
  const named = visible(classes.slice(0, MOST_NAMED).join(", ")) + (classes.length > MOST_NAMED ? " …" : "");
  canvas.setAttribute("aria-label", `what the network takes every point of the plane for: ${named}`);
  const context = contextOf(canvas);
  const paint = CLASS_COLORS.map(color);
  const ground = color("background");
  const [taken, certainty] = [bytes(plane.classes), bytes(plane.certainty)];
  const pixels = context.createImageData(size, size);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const at = (plane.points - 1 - Math.floor(y / ENLARGED)) * plane.points + Math.floor(x / ENLARGED);
      const share = 0.12 + 0.4 * Math.max(0, (certainty[at] / 255 - 1 / classes.length) / (1 - 1 / classes.length));
      const of = paint[taken[at] % paint.length];
      const mixed = [0, 1, 2].map((c) => ground[c] + share * (of[c] - ground[c]));
      pixels.data.set([...mixed, 255], 4 * (y * size + x));
    }
  }
  context.putImageData(pixels, 0, 0);
  const [[left, right], [bottom, top]] = plane.ends;
  plane.x.forEach(([u, v], i) => {
    context.beginPath();
    context.arc(((u - left) / (right - left)) * size, (1 - (v - bottom) / (top - bottom)) * size, 4, 0, 2 * Math.PI);
    context.fillStyle = `rgb(${paint[plane.y[i] % paint.length].join()})`;
    context.fill();
    context.strokeStyle = `rgb(${ground.join()})`;
    context.stroke();
  });
}
