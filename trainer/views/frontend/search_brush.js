// @ts-check
// The box that was brushed, in words, and the button that makes it the next round.

import { button, element, rest, write } from "./element.js";
import { isUnderWay } from "./search_facts.js";
import { formInWords } from "./search_form.js";
import { boxInWords } from "./search_words.js";

/** @typedef {import("./search_shown.js").Shown} Shown */

const HOW =
  "Drag along an axis of the lines, or draw a box among the points, to mark ranges; or type them into the form above.";
const GOES_ON = "The form above has it too. Trials that are over stay, and count; the others are drawn from there.";
const OVER = "The form above has it too. The search goes on in it, with as many more trials as stand there.";

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
    this.node = element("div", { class: "panda-brush-bar" }, this.#search, this.#clear, this.#said);
    this.show(false);
  }

  /** @param {boolean} asked whether it was asked for, and the answer is not there yet */
  show(asked) {
    const { brush, form, search } = this.#shown;
    const [some, able] = [Object.keys(brush).length > 0, isUnderWay(search)];
    const parts = [`Marked: ${boxInWords(brush, search.dimensions)}`];
    const typed = formInWords(form, Object.keys(brush), search.dimensions);
    if (typed) parts.push(`typed: ${typed}`);
    write(this.#said, some ? `${parts.join("; ")}. ${able ? GOES_ON : OVER}` : HOW);
    this.#search.hidden = this.#clear.hidden = !some;
    rest(this.#search, asked);
  }
}
