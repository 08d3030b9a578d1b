// @ts-check
// Pictures of data and of networks: an example that is an image, the plane of two inputs with its decision boundary,
// examples on it, and the map of a unit.

import { MARKS, colorOf, shapeOf } from "./class_marks.js";
import { ramp, rgb } from "./palette.js";
import { visible } from "./text.js";

/** @typedef {{ height: number, width: number, grey: string }} Image grey levels as bytes in base64 */

/**
 * @typedef {object} Points see pictures.py
 * @property {[[number, number], [number, number]]} ends of the two sides
 * @property {[number, number][]} x examples
 * @property {number[]} y their classes
 * @property {boolean[]} right whether they are taken for these
 */

/**
 * @typedef {object} Boundary
 * @property {number} points along each side
 * @property {string} classes of the points, as bytes in base64
 * @property {string} certainty of the points, as bytes in base64
 */

/**
 * @typedef {object} Maps
 * @property {number} height
 * @property {number} width
 * @property {string[]} maps bytes in base64: 128 is 0, 255 and 1 are the largest size
 * @property {(number | string)[]} largest size of each
 * @property {number} units how many there are, drawn or not
 * @property {number} first of those that are drawn, counted from 0
 * @property {number} every so many pixels of an image are in a map
 */

const EASILY_TOLD = 6; // colours of dots; more classes than that are drawn by their names where these are short
const MOST_NAMED = 12; // classes in the description of a picture
const SIDE = 512; // pixels of a plane
const RADIUS = 5.5; // of a mark
const LONGEST_SIGN = 2; // characters of a class name that is drawn in the place of a dot

/** @param {string} text */
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** @param {string[]} classes */
export const namesOf = (classes) =>
  visible(classes.slice(0, MOST_NAMED).join(", ")) + (classes.length > MOST_NAMED ? " …" : "");

/** @param {number} classes */
export const marksRepeat = (classes) => classes > MARKS;

/**
 * Whether marks are the names of classes: there are many of these, and they are short.
 * @param {string[]} classes
 */
export const namedBySigns = (classes) =>
  classes.length > EASILY_TOLD && classes.every((name) => name.length <= LONGEST_SIGN);

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser has no canvas");
  return context;
}

/**
 * Colours of the theme in force at an element, by their names there.
 * @param {Element} node
 */
function themeOf(node) {
  const style = getComputedStyle(node);
  return (/** @type {string} */ name) => rgb(style.getPropertyValue(`--st-${name}-color`).trim());
}

/**
 * Fill a canvas with a picture of as many pixels as it has.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @param {(pixels: Uint8ClampedArray) => void} paint
 */
function fill(canvas, width, height, paint) {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = contextOf(canvas);
  const image = context.createImageData(width, height);
  paint(image.data);
  context.putImageData(image, 0, 0);
}

/**
 * @param {HTMLCanvasElement} canvas hidden where there is no image
 * @param {Image | null} image
 */
export function drawImage(canvas, image) {
  canvas.hidden = !image;
  if (!image) return;
  fill(canvas, image.width, image.height, (pixels) =>
    bytes(image.grey).forEach((grey, i) => pixels.set([grey, grey, grey, 255], 4 * i)),
  );
}

/**
 * What is above 0 in blue, what is below in orange, the stronger the larger it is.
 * @param {HTMLCanvasElement} canvas
 * @param {Maps} maps
 * @param {number} k which of them
 * @param {Element} node where the theme is in force
 * @param {boolean} up whether the first row is at the bottom, as that of a plane is
 */
export function drawMap(canvas, maps, k, node, up) {
  const color = themeOf(node);
  const [ground, above, below] = [color("background"), color("blue"), color("orange")];
  const { width, height } = maps;
  const levels = bytes(maps.maps[k]);
  fill(canvas, width, height, (pixels) =>
    levels.forEach((level, i) => {
      const share = Math.abs(level - 128) / 127;
      const of = level > 128 ? above : below;
      const y = Math.floor(i / width);
      const at = 4 * ((up ? height - 1 - y : y) * width + (i % width));
      for (let c = 0; c < 3; c += 1) pixels[at + c] = ground[c] + share * (of[c] - ground[c]);
      pixels[at + 3] = 255;
    }),
  );
}

/**
 * The plane of two axes with examples on it: a mark, or its short name where there are many classes. Those that are
 * taken for another class are crossed out.
 * @param {HTMLCanvasElement} canvas
 * @param {Points & Partial<Boundary>} plane with what the network takes every point for, where that is known
 * @param {string[]} classes
 */
export function drawPlane(canvas, plane, classes) {
  const color = themeOf(canvas);
  if (canvas.width !== SIDE || canvas.height !== SIDE) canvas.width = canvas.height = SIDE;
  const context = contextOf(canvas);
  const [ground, text] = [color("background"), color("text")];
  const { dark } = ramp(`rgb(${ground.join()})`);
  const paint = classes.map((_, k) => rgb(colorOf(k, dark)));
  context.clearRect(0, 0, SIDE, SIDE);
  if (plane.points)
    context.drawImage(boundary(/** @type {Boundary} */ (plane), paint, ground, classes.length), 0, 0, SIDE, SIDE);
  const [[left, right], [bottom, top]] = plane.ends;
  const signs = namedBySigns(classes);
  context.font = "600 17px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  plane.x.forEach(([u, v], i) => {
    const at = { x: ((u - left) / (right - left)) * SIDE, y: (1 - (v - bottom) / (top - bottom)) * SIDE };
    const of = colorOf(plane.y[i], dark);
    if (signs) sign(context, at, of, ground, classes[plane.y[i]]);
    else mark(context, at, of, ground, shapeOf(plane.y[i]));
    if (!plane.right[i]) cross(context, at, `rgb(${text.join()})`);
  });
}

/** @typedef {CanvasRenderingContext2D} Context */
/** @typedef {{ x: number, y: number }} At */

/**
 * @param {Boundary} plane
 * @param {number[][]} paint colours of the classes
 * @param {number[]} ground
 * @param {number} classes
 */
function boundary(plane, paint, ground, classes) {
  const { points } = plane;
  const [taken, certainty] = [bytes(plane.classes), bytes(plane.certainty)];
  const small = document.createElement("canvas");
  fill(small, points, points, (pixels) =>
    taken.forEach((k, i) => {
      const share = 0.12 + 0.4 * Math.max(0, (certainty[i] / 255 - 1 / classes) / (1 - 1 / classes));
      const of = paint[k];
      const at = 4 * ((points - 1 - Math.floor(i / points)) * points + (i % points));
      for (let c = 0; c < 3; c += 1) pixels[at + c] = ground[c] + share * (of[c] - ground[c]);
      pixels[at + 3] = 255;
    }),
  );
  return small;
}

/** @type {(context: Context, at: At, color: string, ground: number[], shape: import("./class_marks.js").Shape) => void} */
function mark(context, { x, y }, color, ground, shape) {
  context.beginPath();
  if (!shape.length) context.arc(x, y, RADIUS, 0, 2 * Math.PI);
  for (const [u, v] of shape) context.lineTo(x + RADIUS * u, y + RADIUS * v);
  context.closePath();
  context.fillStyle = color;
  context.fill();
  context.lineWidth = 1;
  context.strokeStyle = `rgb(${ground.join()})`;
  context.stroke();
}

/** @type {(context: Context, at: At, color: string, ground: number[], name: string) => void} */
function sign(context, { x, y }, color, ground, name) {
  context.lineWidth = 3;
  context.strokeStyle = `rgb(${ground.join()})`;
  context.strokeText(visible(name), x, y);
  context.fillStyle = color;
  context.fillText(visible(name), x, y);
}

/** @type {(context: Context, at: At, color: string) => void} */
function cross(context, { x, y }, color) {
  context.beginPath();
  for (const side of [1, -1]) {
    context.moveTo(x - 6, y - 6 * side);
    context.lineTo(x + 6, y + 6 * side);
  }
  context.lineWidth = 2;
  context.strokeStyle = color;
  context.stroke();
}
