// @ts-check
// A picture of a search: as wide as there is room, drawn anew only while it is in sight and not held.

import { element } from "./element.js";
import { visible } from "./text.js";

const SVG = "http://www.w3.org/2000/svg";
const REST = 10; // times what a picture was drawn in passes before it is drawn again

/** @typedef {string | number | null | undefined} Attribute what is null or undefined is left out */

/**
 * A new element of SVG; text is only ever text.
 * @param {string} tag
 * @param {Record<string, Attribute>} [attributes]
 * @param {...(Node | string)} children
 */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children.map((child) => (typeof child === "string" ? visible(child) : child)));
  return node;
}

/**
 * Something with a line of text that a pointer resting on it shows.
 * @param {SVGElement} node
 * @param {string} text
 */
export function titled(node, text) {
  node.append(svg("title", {}, text));
  return node;
}

/**
 * A figure with a heading, room to draw in, and a line of text below.
 */
export class Picture {
  #draw;
  #took = 0; // milliseconds that it was drawn in
  #drawn = -Infinity; // when
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;
  #stale = true;
  #inView = true;
  #width = 0;
  #observer;
  #resizer;
  held = false; // while a hand draws in it
  box;
  under = element("div", { class: "panda-under" });
  node;

  /**
   * @param {string} heading
   * @param {(width: number) => void} draw fills `box`, which is so many pixels wide
   * @param {{ role?: string, tools?: Node }} [more] `role` of the box: "img" where it is one picture
   */
  constructor(heading, draw, { role = "img", tools } = {}) {
    this.#draw = draw;
    this.box = element("div", { class: "panda-picture", role, "aria-label": heading });
    const caption = element("figcaption", {}, heading);
    this.node = element("figure", { class: "panda-figure" }, caption, ...(tools ? [tools] : []), this.box, this.under);
    this.#observer = new IntersectionObserver((entries) => {
      this.#inView = entries.some((entry) => entry.isIntersecting);
      this.#now();
    });
    this.#resizer = new ResizeObserver(() => {
      if (this.box.clientWidth !== this.#width) this.changed();
    });
    this.#observer.observe(this.box);
    this.#resizer.observe(this.box);
  }

  /** What it shows is another. */
  changed() {
    this.#stale = true;
    this.#now();
  }

  /**
   * What it shows, for those who do not see it.
   * @param {string} text
   */
  describe(text) {
    const shown = visible(text);
    if (this.box.getAttribute("aria-label") !== shown) this.box.setAttribute("aria-label", shown);
  }

  /** The hand that drew in it has gone. */
  release() {
    this.held = false;
    this.#now();
  }

  destroy() {
    clearTimeout(this.#later);
    WAITING.delete(this);
    this.#observer.disconnect();
    this.#resizer.disconnect();
  }

  #now() {
    // out of sight it is drawn only where its size becomes another, so that nothing moves: also the first time
    const unseen = !this.#inView && this.box.clientWidth === this.#width;
    if (!this.#stale || unseen || this.held || !this.box.clientWidth) return;
    const rest = this.box.clientWidth === this.#width ? this.#drawn + REST * this.#took - performance.now() : 0;
    clearTimeout(this.#later);
    if (rest > 0) this.#later = setTimeout(() => this.#now(), rest);
    else drawInTurn(this);
  }

  /** Draw it, if that is still to be done. */
  draw() {
    if (!this.#stale || this.held || !this.box.clientWidth) return;
    this.#stale = false;
    this.#width = this.box.clientWidth;
    const begin = performance.now();
    this.#draw(this.#width);
    this.#drawn = performance.now();
    this.#took = this.#drawn - begin;
  }
}

/** @type {Set<Picture>} those that are to be drawn, one after the other, so that the page answers in between */
const WAITING = new Set();
let drawing = false; // whether one is drawn soon

/** @param {Picture} picture */
function drawInTurn(picture) {
  WAITING.add(picture);
  if (!drawing) setTimeout(drawNext);
  drawing = true;
}

function drawNext() {
  const [picture] = WAITING;
  WAITING.delete(picture);
  try {
    picture?.draw();
  } finally {
    drawing = WAITING.size > 0;
    if (drawing) setTimeout(drawNext);
  }
}

/**
 * A mark of a legend, and what it says.
 * @param {string} kind of the mark, see search.css
 * @param {string} text
 */
export const legendEntry = (kind, text) =>
  element("span", { class: "panda-key" }, element("i", { "data-kind": kind, "aria-hidden": "true" }), text);
