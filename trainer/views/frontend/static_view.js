// @ts-check
// Views that are filled anew whenever their data changed, and nothing else.

import { element } from "./element.js";
import { loadStyle } from "./loading.js";

/** @typedef {import("./main.js").Tell} Tell */
/** @typedef {import("./main.js").View} View */

/**
 * A view of which only its contents are its own. It is shown once its style sheets are there.
 * @template Data
 * @param {string} name class of its element, beside "panda"
 * @param {string[]} styles names of style sheets beside style.css
 * @param {(data: Data, root: HTMLElement, tell: Tell) => Node[]} contents of the element, which still has the ones before
 */
export function staticView(name, styles, contents) {
  /** @implements {View} */
  return class {
    #root = element("div", { class: `panda ${name}`, hidden: true });
    #shown = "";
    #tell;

    /**
     * @param {HTMLElement} parent
     * @param {Data} data
     * @param {Tell} tell
     */
    constructor(parent, data, tell) {
      this.#tell = tell;
      parent.append(this.#root);
      this.update(data);
      Promise.all(["style.css", ...styles].map(loadStyle)).then(() => (this.#root.hidden = false));
    }

    destroy() {
      this.#root.remove();
    }

    /** @param {Data} data */
    update(data) {
      const text = JSON.stringify(data);
      if (text === this.#shown) return;
      this.#shown = text;
      this.#root.replaceChildren(...contents(data, this.#root, this.#tell));
    }
  };
}
