// @ts-check
// The box that was brushed, in words, and the button that makes it the next round.

import { button, element, write } from "./element.js";
import { isUnderWay } from "./search_facts.js";
import { boxInWords } from "./search_words.js";

/** @typedef {import("./search_shown.js").Shown} Shown */

const HOW =
  "Drag along an axis of the lines, or draw a box among the points, to choose where the search goes on; or type the" +
  " ranges into the form of the page.";
const OVER = "The search is over: to search in this box, type these ranges into the form and begin another search.";

export class BrushBar {
  #shown;
  #said = element("p", { role: "status" }, HOW);
  #search;
  #clear;
  node;

  /**
   * @param {Shown} shown
   * @param {(box: import("./search_facts.js").Extents) => void} search
   * @param {() => void} cleared
   */
  constructor(shown, search, cleared) {
    this.#shown = shown;
    this.#search = button("Search the marked box", () => search({ ...shown.brush }));
    this.#search.className = "panda-primary";
    this.#clear = button("Clear", cleared);
    this.node = element("div", { class: "panda-brush-bar" }, this.#said, this.#search, this.#clear);
    this.show(false);
  }

  /** @param {boolean} asked whether it was asked for, and the answer is not there yet */
  show(asked) {
    const { brush, search } = this.#shown;
    const [some, able] = [Object.keys(brush).length > 0, isUnderWay(search)];
    this.node.hidden = !able && !some;
    const kept = able ? "Trials that are over stay, and count; the others are drawn from there." : OVER;
    write(this.#said, some ? `Marked: ${boxInWords(brush, search.dimensions)}. ${kept}` : HOW);
    this.#search.hidden = !some || !able;
    this.#search.disabled = asked;
    this.#clear.hidden = !some;
  }
}
