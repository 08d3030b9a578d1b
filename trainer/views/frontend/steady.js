// @ts-check
// A sentence that is rewritten as what it tells of goes on: at any width it takes the room of the longest that it was, so
// that what stands beside and below it does not move.

import { element, write } from "./element.js";
import { visible } from "./text.js";

export class Steady {
  #text = element("span");
  node;

  /**
   * @param {"p" | "span"} tag
   * @param {Record<string, string>} [attributes]
   */
  constructor(tag, attributes) {
    this.node = element(tag, { class: "panda-small panda-steady", ...attributes }, this.#text);
  }

  get text() {
    return this.#text.textContent;
  }

  /** @param {string} text */
  write(text) {
    write(this.#text, text);
    this.makeRoom(text);
  }

  /**
   * For what it will be, before it is.
   * @param {string} text
   */
  makeRoom(text) {
    const { longest = "" } = this.node.dataset;
    if (text.length > longest.length) this.node.dataset.longest = visible(text); // see style.css
  }

  /**
   * Of something else: it takes no more room than that.
   * @param {string} text
   */
  writeAnew(text) {
    delete this.node.dataset.longest;
    this.write(text);
  }
}
