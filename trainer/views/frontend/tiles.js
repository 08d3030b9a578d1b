// @ts-check
// Tiles: a row of labels, each with a value and a small note below it.

import { element, write } from "./element.js";

export class Tiles {
  /** @type {Map<string, { value: HTMLElement, note: HTMLElement }>} */
  #tiles = new Map();
  node;

  /**
   * @param {Record<string, string>} labels by name of the tile
   * @param {Record<string, string>} attributes of the row
   */
  constructor(labels, attributes) {
    const tiles = Object.entries(labels).map(([name, label]) => {
      const [value, note] = [element("dd", {}, "–"), element("dd", { class: "panda-small" })];
      this.#tiles.set(name, { value, note });
      return element("div", { class: `panda-tile panda-tile-${name}` }, element("dt", {}, label), value, note);
    });
    this.node = element("dl", { class: "panda-tiles", ...attributes }, ...tiles);
  }

  /**
   * @param {string} name
   * @param {string} value
   * @param {string} note
   */
  set(name, value, note = "") {
    const tile = this.#tiles.get(name);
    if (!tile) throw new Error(`there is no tile ${name}`);
    write(tile.value, value);
    // what does not fit is written smaller, see style.css
    tile.value.style.setProperty("--panda-longest", String(Math.max(...value.split(" ").map((word) => word.length))));
    write(tile.note, note);
  }
}
