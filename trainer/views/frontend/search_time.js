// @ts-check
// About how long a search is going to take, before it is begun; while that is measured, until it is known.

import { element, write } from "./element.js";
import { loadStyle } from "./loading.js";

/** @typedef {import("./main.js").View} View */
/** @typedef {{ text: string, measuring: boolean }} Data */

const AGAIN = 300; // milliseconds
const SLOWER = 3000; // after no answer

/** @implements {View} */
export default class SearchTime {
  #tell;
  #times = 0;
  #said = element("p", { class: "panda-small", role: "status" });
  #root = element("div", { class: "panda panda-search-time", hidden: true }, this.#said);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {HTMLElement} parent
   * @param {Data} data
   * @param {import("./main.js").Tell} tell
   */
  constructor(parent, data, tell) {
    this.#tell = tell;
    parent.append(this.#root);
    loadStyle("style.css").then(() => (this.#root.hidden = false));
    this.update(data);
  }

  destroy() {
    clearTimeout(this.#timer);
    this.#root.remove();
  }

  /** @param {Data} data */
  update({ text, measuring }) {
    clearTimeout(this.#timer);
    write(this.#said, measuring ? "How long it takes is being measured …" : text && `${text}.`);
    if (measuring) this.#timer = setTimeout(() => this.#ask(), AGAIN);
  }

  async #ask() {
    const measuring = await isMeasuring();
    if (!this.#root.isConnected) return;
    if (measuring === false) this.#tell("measured", (this.#times += 1));
    else this.#timer = setTimeout(() => this.#ask(), measuring ? AGAIN : SLOWER);
  }
}

/** Null where the server cannot be asked. */
async function isMeasuring() {
  try {
    const answer = await fetch("/panda/search/measuring");
    return answer.ok ? Boolean(await answer.json()) : null;
  } catch {
    return null;
  }
}
