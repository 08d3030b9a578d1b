// @ts-check
// What the network does with its data at an iteration of a recorded run: its portrait, and the class probabilities of one
// example.

import { bars } from "./bars.js";
import { element, write } from "./element.js";
import { icon } from "./icons.js";
import { drawImage } from "./pictures.js";
import { Portrait } from "./portrait.js";
import { visible, whole } from "./text.js";
import { TypedExample } from "./typed_example.js";

/** @typedef {import("./icons.js").IconName} IconName */

/**
 * @typedef {object} At see model_at.py
 * @property {string} [refused] why it cannot be computed
 * @property {number} iteration
 * @property {number} from the checkpoint that it was computed from
 * @property {string} digest
 * @property {string} remark
 * @property {string} shifted what has become of the inputs; "" where nothing has
 * @property {boolean} typed whether an example can be typed
 * @property {{ number: number, is: number, probabilities: number[], image: import("./pictures.js").Image | null }} example
 */

/** @typedef {At & import("./portrait.js").Answer} Answer */

export class Model {
  #ask;
  #number = 0; // of the latest question
  #example = 0;
  #examples = 1;
  /** @type {number | null} */
  #iteration = null;
  #said = element("p", { class: "panda-small", role: "status" });
  #remark = element("p", { class: "panda-banner", hidden: true, "data-kind": "warn" });
  #box = element("input", {
    type: "text",
    inputmode: "numeric",
    value: "0",
    size: 5,
    "aria-label": "Dev example",
    autocomplete: "off",
  });
  #bars = element("div", { class: "panda-bars" });
  #image = element("canvas", { class: "panda-image", role: "img", hidden: true });
  #portrait;
  #typed;
  node;

  /**
   * @param {(iteration: number, example: number, layer: number) => Promise<Answer>} ask the server
   * @param {import("./typed_example.js").AskTyped} askTyped the server, about an example that is typed
   */
  constructor(ask, askTyped) {
    this.#ask = ask;
    this.#typed = new TypedExample(askTyped);
    this.#box.addEventListener("change", () => this.#choose(Number(this.#box.value)));
    const example = element("div", { class: "panda-example" }, this.#image, this.#bars);
    this.#portrait = new Portrait(
      () => this.#again(),
      figure("Class probabilities of a dev example", this.#chooser(), example),
    );
    this.node = element(
      "details",
      { class: "panda-model", open: true },
      element("summary", {}, element("h3", {}, "The network at this iteration")),
      this.#remark,
      this.#said,
      this.#portrait.node,
      this.#typed.node,
    );
    this.node.addEventListener("toggle", () => this.#again());
  }

  /** The theme may be another one. */
  recolour() {
    this.#portrait.recolour();
  }

  #again() {
    if (this.#iteration !== null) this.show(this.#iteration);
  }

  /** The playhead moved on: what is drawn is of another iteration. */
  stale() {
    this.node.dataset.exact = "false";
  }

  /** @param {number} iteration */
  async show(iteration) {
    this.#iteration = iteration;
    if (!this.node.open) return;
    const number = ++this.#number;
    this.#said.textContent = `re-executing up to iteration ${whole(iteration)} …`;
    try {
      const answer = await this.#ask(iteration, this.#example, this.#portrait.layer);
      if (number !== this.#number) return;
      if (answer.refused) throw new Error(`${answer.refused}.`);
      this.#draw(answer);
    } catch (error) {
      if (number === this.#number) write(this.#said, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {number} example */
  #choose(example) {
    const last = this.#examples - 1;
    if (!Number.isInteger(example) || example < 0 || example > last) {
      this.#said.textContent = `A dev example is a whole number from 0 to ${whole(last)}.`;
      this.#box.value = String(this.#example);
      return;
    }
    this.#example = example;
    this.#box.value = String(example);
    this.#again();
  }

  #chooser() {
    const step = (/** @type {number} */ way, /** @type {string} */ label, /** @type {IconName} */ sign) => {
      const button = element("button", { type: "button", "aria-label": label }, icon(sign));
      button.addEventListener("click", () => this.#choose(this.#example + way));
      return button;
    };
    const [before, next] = [step(-1, "Example before", "back"), step(1, "Next example", "forth")];
    return element("div", { class: "panda-row" }, before, this.#box, next);
  }

  /** @param {Answer} answer */
  #draw(answer) {
    const { iteration, from, digest, remark, shifted, classes, examples, example } = answer;
    this.#examples = examples;
    this.#said.textContent = `${howComputed(iteration - from, from)}; digest ${digest.slice(0, 12)}…${shifted ? `; ${shifted}` : ""}`;
    write(this.#remark, remark);
    this.#remark.hidden = !remark;
    this.#portrait.draw(answer);
    this.#bars.replaceChildren(...bars(example.probabilities, example.is, classes));
    drawImage(this.#image, example.image);
    this.#image.setAttribute("aria-label", `dev example ${example.number}, of class ${visible(classes[example.is])}`);
    this.#typed.node.hidden = !answer.typed;
    if (answer.typed) this.#typed.show(iteration, example.number);
    Object.assign(this.node.dataset, { iteration, exact: "true", digest });
  }
}

/**
 * @param {number} ago
 * @param {number} from
 */
function howComputed(ago, from) {
  if (!ago) return `recorded in a checkpoint at ${whole(from)}`;
  return `re-executed ${whole(ago)} iteration${ago > 1 ? "s" : ""} from the checkpoint at ${whole(from)}`;
}

/**
 * @param {string} caption
 * @param {...Node} content
 */
const figure = (caption, ...content) => element("figure", {}, element("figcaption", {}, caption), ...content);
