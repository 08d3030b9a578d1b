// @ts-check
// The interventions and notes of a run as a list, and the list of what was left by going back or branching.

import { answerBox } from "./controls.js";
import { element } from "./element.js";
import { changes, epochs, whole } from "./text.js";

/** @typedef {import("./frames.js").Intervention} Intervention */
/** @typedef {import("./frames.js").Abandoned} Abandoned */
/** @typedef {import("./protocol.js").NoteShown} Note */
/** @typedef {(command: import("./connection.js").Command, said: string, place: HTMLElement) => unknown} Send */

/** The interventions and the notes as a list, newest first. */
export class Log {
  #list = element("ol", { class: "panda-log", reversed: true, tabindex: 0 }); // scrolled by keys
  #none = element(
    "p",
    { class: "panda-small" },
    "None yet. What you change while training appears here and as a marker on every chart; a note without a change appears here.",
  );
  node = element(
    "section",
    { class: "panda-history", "aria-label": "Interventions" },
    element("h3", {}, "Interventions"),
    this.#none,
    this.#list,
  );
  /** @type {[Intervention[], Note[]] | null} */
  #shown = null;

  /**
   * @param {Intervention[]} marks
   * @param {Note[]} notes
   * @param {(iteration: number) => number} epoch
   */
  show(marks, notes, epoch) {
    if (marks === this.#shown?.[0] && notes === this.#shown[1]) return;
    this.#shown = [marks, notes];
    const all = [
      ...marks.map((mark) => ({ ...mark, what: changes(mark) })),
      ...notes.map((note) => ({ ...note, epoch: epoch(note.iteration), what: "" })),
    ];
    all.sort((a, b) => a.iteration - b.iteration);
    this.#list.replaceChildren(...all.map(entry).reverse());
    this.#none.hidden = all.length > 0;
  }
}

/** What was left by going back or branching, the latest first, each with a way back to its end. */
export class Left {
  #send;
  #list = element("ol", { class: "panda-log", reversed: true });
  #answer = answerBox();
  node = element(
    "section",
    { class: "panda-history", "aria-label": "Left behind", hidden: true },
    element("h3", {}, "Left behind"),
    this.#list,
    this.#answer,
  );
  /** @type {Abandoned[]} */
  #shown = [];

  /** @param {Send} send */
  constructor(send) {
    this.#send = send;
  }

  /**
   * @param {Abandoned[]} parts
   * @param {boolean} able whether the run can go on from there now
   */
  show(parts, able) {
    if (parts !== this.#shown) {
      this.#list.replaceChildren(...parts.map((part) => this.#entry(part)).reverse());
      this.node.hidden = parts.length === 0;
      this.#shown = parts;
    }
    for (const button of this.#list.querySelectorAll("button")) {
      if (button.disabled === able) button.disabled = !able;
    }
  }

  /** @param {Abandoned} part */
  #entry({ run, iteration, change: { before = {}, after } }) {
    const button = element("button", { type: "button", class: "panda-quiet" }, "Go on from there");
    button.addEventListener("click", () => {
      if (!button.disabled) this.#send({ do: "branch", run }, `Run ${run}`, this.#answer);
    });
    const where = element("span", { class: "panda-where" }, `run ${run}, left at iteration ${whole(iteration)}`);
    const what = after ? [element("span", {}, changes({ before, after }))] : [];
    return element("li", {}, where, ...what, button);
  }
}

/** @param {{ iteration: number, epoch: number, author: string, note: string, what: string }} mark */
function entry({ iteration, epoch, author, note, what }) {
  const at = `iteration ${whole(iteration)}, epoch ${epochs(epoch)}`;
  return element(
    "li",
    {},
    element("span", { class: "panda-where" }, at),
    what ? element("strong", {}, what) : element("span", {}, "Note"),
    element("span", { class: "panda-small" }, `by ${author}`),
    ...(note ? [element("q", {}, note)] : []),
  );
}
