// @ts-check
// What the network does with its data at an iteration: its confusion matrix, the class probabilities of one example,
// and with two inputs the decision boundary.

import { confusionView } from "./confusion.js";
import { element, write } from "./element.js";
import { icon } from "./icons.js";
import { drawImage, drawPlane } from "./pictures.js";
import { percent, short, visible, whole } from "./text.js";

/** @typedef {import("./icons.js").IconName} IconName */

/**
 * @typedef {object} Answer see model_at.py
 * @property {string} [refused] why it cannot be computed
 * @property {number} iteration
 * @property {number} from the checkpoint that it was computed from
 * @property {string} digest
 * @property {string} remark
 * @property {string[]} classes
 * @property {number} accuracy
 * @property {(number | null)[]} recall of each class; null where it has no dev example
 * @property {number[][] | null} confusion null where there are too many classes to draw it
 * @property {[number, number, number][]} mistakes class, what it was taken for, how often; the most frequent ones
 * @property {number} examples
 * @property {{ number: number, is: number, probabilities: number[], image: import("./pictures.js").Image | null }} example
 * @property {import("./pictures.js").Plane} [plane]
 */

const MOST_CLASSES = 30; // that all have their probability drawn
const MOST_BARS = 12; // of more classes

export class Model {
  #ask;
  #number = 0; // of the latest question
  #example = 0;
  #examples = 1;
  /** @type {number | null} */
  #iteration = null;
  #said = element("p", { class: "panda-small", role: "status" });
  #remark = element("p", { class: "panda-banner", hidden: true, "data-kind": "warn" });
  #matrix = element("div", { class: "panda-scroll", tabindex: 0, role: "group", "aria-label": "Confusion matrix" });
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
  #plane = element("canvas", { class: "panda-plane", role: "img" });
  #planeBox = element("figure", { hidden: true }, element("figcaption", {}, "Decision boundary"), this.#plane);
  node;

  /** @param {(iteration: number, example: number) => Promise<Answer>} ask the server */
  constructor(ask) {
    this.#ask = ask;
    this.#box.addEventListener("change", () => this.#choose(Number(this.#box.value)));
    this.node = element(
      "details",
      { class: "panda-model", open: true },
      element("summary", {}, element("h3", {}, "The network at this iteration")),
      this.#remark,
      this.#said,
      element(
        "div",
        { class: "panda-portrait" },
        this.#planeBox,
        figure("Dev examples: class (row), what it was taken for, and recall", this.#matrix),
        figure(
          "Class probabilities of a dev example",
          this.#chooser(),
          element("div", { class: "panda-example" }, this.#image, this.#bars),
        ),
      ),
    );
    this.node.addEventListener("toggle", () => {
      if (this.node.open && this.#iteration !== null) this.show(this.#iteration);
    });
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
      const answer = await this.#ask(iteration, this.#example);
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
    if (this.#iteration !== null) this.show(this.#iteration);
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
    const { iteration, from, digest, remark, classes, examples, example, plane } = answer;
    this.#examples = examples;
    this.#said.textContent = `${howComputed(iteration - from, from)}; digest ${digest.slice(0, 12)}…`;
    write(this.#remark, remark);
    this.#remark.hidden = !remark;
    this.#matrix.replaceChildren(...confusionView(answer));
    this.#bars.replaceChildren(...bars(example.probabilities, example.is, classes));
    drawImage(this.#image, example.image);
    this.#image.setAttribute("aria-label", `dev example ${example.number}, of class ${visible(classes[example.is])}`);
    this.#planeBox.hidden = !plane;
    if (plane) drawPlane(this.#plane, plane, classes);
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

/**
 * One for each class, or, of many, the most probable ones and the true class.
 * @param {number[]} probabilities
 * @param {number} is the true class
 * @param {string[]} classes
 */
function bars(probabilities, is, classes) {
  const hardmax = probabilities.indexOf(Math.max(...probabilities));
  let shown = classes.map((_, k) => k);
  if (classes.length > MOST_CLASSES) {
    shown.sort((a, b) => probabilities[b] - probabilities[a]);
    shown = shown.slice(0, shown.indexOf(is) < MOST_BARS ? MOST_BARS : MOST_BARS - 1);
    if (!shown.includes(is)) shown.push(is);
  }
  const rows = shown.map((k) => {
    const bar = element("span", { class: "panda-bar" });
    bar.style.width = `${100 * probabilities[k]}%`;
    const marks = [k === is ? "true class" : "", k === hardmax ? "hardmax" : ""].filter(Boolean).join(", ");
    const value = probabilities[k] >= 5e-5 ? percent(probabilities[k]) : short(probabilities[k], 2);
    return element(
      "div",
      { class: k === is ? "panda-true" : "" },
      element("span", { title: classes[k] }, classes[k]),
      element("span", { class: "panda-track" }, bar),
      element("span", {}, value),
      element("span", { class: "panda-small" }, marks),
    );
  });
  if (shown.length === classes.length) return rows;
  const rest = shown.reduce((left, k) => left - probabilities[k], 1);
  const others = `${whole(classes.length - shown.length)} other classes: ${percent(Math.max(0, rest))} together`;
  return [...rows, element("p", { class: "panda-small" }, others)];
}
