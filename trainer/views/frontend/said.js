// @ts-check
// What a view of a run says of itself, in a sentence or none. Once it has spoken first, there is something to see.

import { element, write } from "./element.js";

export class Said {
  #spoken = () => {};
  /** @type {Promise<void>} */
  first = new Promise((resolve) => (this.#spoken = resolve));
  node;

  /** @param {Record<string, string>} [attributes] */
  constructor(attributes) {
    this.node = element("p", { class: "panda-small", ...attributes });
  }

  /** @param {string} text */
  say(text) {
    write(this.node, text);
    this.#spoken();
  }
}
