// @ts-check
// Small maps, one for each unit of a layer, in a box that scrolls; of a layer with very many, so many at a time.

import { button, element, rest, write } from "./element.js";
import { icon } from "./icons.js";
import { drawMap } from "./pictures.js";
import { whole } from "./text.js";

/** @typedef {import("./pictures.js").Maps} Maps */

export class UnitMaps {
  #maps = element("div", { class: "panda-maps", role: "img" });
  #box = element("div", { class: "panda-scroll panda-maps-box", tabindex: 0, role: "group" }, this.#maps);
  #before = this.#step(-1, "back");
  #next = this.#step(1, "forth");
  #which = element("span", { class: "panda-small", role: "status" });
  #turnTo;
  /** @type {Maps | null} */
  #drawn = null;
  node;

  /** @param {(unit: number) => void} turn to the units among which this one is, counted from 0 */
  constructor(turn) {
    this.#turnTo = turn;
    const which = element("div", { class: "panda-row" }, this.#before, this.#which, this.#next);
    this.node = element("div", {}, which, this.#box);
  }

  /**
   * @param {-1 | 1} way
   * @param {import("./icons.js").IconName} sign
   */
  #step(way, sign) {
    return button(icon(sign), () => {
      if (this.#drawn) this.#turnTo(to(this.#drawn, way));
    });
  }

  /**
   * @param {Maps} maps
   * @param {boolean} up whether the first row is at the bottom
   * @param {[one: string, many: string]} nouns
   * @param {string} said what the maps show
   */
  draw(maps, up, [one, many], said) {
    this.#drawn = maps;
    const { first, units, largest } = maps;
    const n = maps.maps.length;
    const which = `${many} ${whole(first + 1)}–${whole(first + n)} of ${whole(units)}`;
    write(this.#which, which);
    for (const [made, way, label] of /** @type {const} */ ([
      [this.#before, -1, `${many} before`],
      [this.#next, 1, `next ${many}`],
    ])) {
      made.hidden = units <= n;
      made.setAttribute("aria-label", label);
      rest(made, to(maps, way) === first);
    }
    this.#maps.setAttribute("aria-label", said);
    this.#box.setAttribute("aria-label", `${said}: ${which}`);
    while (this.#maps.children.length > n) this.#maps.lastElementChild?.remove();
    while (this.#maps.children.length < n) this.#maps.append(element("canvas"));
    for (let k = 0; k < n; k += 1) {
      const canvas = /** @type {HTMLCanvasElement} */ (this.#maps.children[k]);
      drawMap(canvas, maps, k, this.#maps, up);
      canvas.title = `${one} ${whole(first + k + 1)}${largest[k] === 0 ? ": 0 everywhere" : ""}`;
    }
  }
}

/**
 * A unit before those that are drawn, or after them; their first one where there are none.
 * @param {Pick<Maps, "first" | "units"> & { maps: unknown[] }} maps
 * @param {number} way -1 or 1
 */
export function to({ first, units, maps }, way) {
  const there = way < 0 ? first - 1 : first + maps.length;
  return there >= 0 && there < units ? there : first;
}
