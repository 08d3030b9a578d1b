// @ts-check
// What the network does with its data at an iteration of a recorded run: its portrait, and the class probabilities of one
// example. While the run is played it follows: the latest iteration is asked for when the answer before has come.

import { Asking } from "./asking.js";
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
 * @property {boolean} typed whether an example can be typed
 * @property {{ number: number, is: number, probabilities: number[], image: import("./pictures.js").Image | null }} example
 */

/** @typedef {At & import("./portrait.js").Answer} Answer */

const PERIOD = 400; // milliseconds from one set of pictures to the next while the run is played, at least
const REST = 3; // times what an answer takes
const LONGEST = 2000;

export class Model {
  #ask;
  #example = 0;
  #examples = 1;
  /** @type {number | null} */
  #iteration = null; // where the playhead is
  #playing = false;
  #asked = ""; // the latest question
  #asking = new Asking(
    () => this.node.open && this.#asked !== this.#question(),
    () => this.#once(),
  );
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
  #refused = element("p", { class: "panda-small", role: "status" }); // its own: an answer may still be on its way
  #bars = element("div", { class: "panda-bars" });
  #image = element("canvas", { class: "panda-image", role: "img", hidden: true });
  #portrait;
  #typed;
  node;

  /**
   * @param {(iteration: number, example: number, layer: number, unit: number) => Promise<Answer>} ask the server
   * @param {import("./typed_example.js").AskTyped} askTyped the server, about an example that is typed
   */
  constructor(ask, askTyped) {
    this.#ask = ask;
    this.#typed = new TypedExample(askTyped);
    this.#box.addEventListener("change", () => this.#choose(Number(this.#box.value)));
    const example = element("div", { class: "panda-example" }, this.#image, this.#bars);
    this.#portrait = new Portrait(
      () => this.show(),
      figure("Class probabilities of a dev example", this.#chooser(), this.#refused, example),
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
    this.node.addEventListener("toggle", () => this.show());
  }

  /** The theme may be another one. */
  recolour() {
    this.#portrait.recolour();
  }

  destroy() {
    this.#asking.destroy();
  }

  /**
   * The playhead is elsewhere: what is drawn is of another iteration.
   * @param {number} iteration
   * @param {boolean} playing whether it moves on by itself
   */
  at(iteration, playing) {
    this.#iteration = iteration;
    this.#playing = playing;
    this.node.dataset.exact = playing ? "following" : "false";
    this.#said.ariaLive = playing ? "off" : "polite"; // or every picture would be read out
    if (playing) this.#asking.look();
  }

  /** The playhead rests. */
  show() {
    if (this.#iteration === null) return;
    this.#asked = "";
    if (this.node.open && !this.#playing) write(this.#said, `re-executing up to iteration ${whole(this.#iteration)} …`);
    this.#asking.now();
  }

  /** What is to be seen, as one text; "" where that is not known. */
  #question() {
    const { layer, unit } = this.#portrait;
    return this.#iteration === null ? "" : [this.#iteration, this.#example, layer, unit].join();
  }

  async #once() {
    const [iteration, question, began] = [this.#iteration ?? 0, this.#question(), performance.now()];
    this.#asked = question;
    const wanted = () => !this.#asking.gone && (this.#playing || question === this.#question());
    try {
      const { layer, unit } = this.#portrait;
      const answer = await this.#ask(iteration, this.#example, layer, unit);
      if (answer.refused) throw new Error(`${answer.refused}.`);
      if (wanted()) this.#draw(answer);
    } catch (error) {
      if (wanted()) write(this.#said, error instanceof Error ? error.message : String(error));
    }
    return this.#playing ? Math.min(LONGEST, Math.max(PERIOD, REST * (performance.now() - began))) : 0;
  }

  /** @param {number} example */
  #choose(example) {
    const last = this.#examples - 1;
    if (!Number.isInteger(example) || example < 0 || example > last) {
      this.#refused.textContent = `A dev example is a whole number from 0 to ${whole(last)}.`;
      this.#box.value = String(this.#example);
      return;
    }
    this.#refused.textContent = "";
    this.#example = example;
    this.#box.value = String(example);
    this.show();
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
    const how = `${howComputed(iteration - from, from)}; digest ${digest.slice(0, 12)}…${shifted ? `; ${shifted}` : ""}`;
    write(this.#said, `Iteration ${whole(iteration)}: ${how}`);
    write(this.#remark, remark);
    this.#remark.hidden = !remark;
    this.#portrait.draw(answer);
    this.#bars.replaceChildren(...bars(example.probabilities, example.is, classes));
    drawImage(this.#image, example.image);
    this.#image.setAttribute("aria-label", `dev example ${example.number}, of class ${visible(classes[example.is])}`);
    this.#typed.node.hidden = !answer.typed;
    if (answer.typed) this.#typed.show(iteration, example.number);
    Object.assign(this.node.dataset, { iteration, exact: this.#playing ? "following" : "true", digest });
  }
}

/**
 * @param {number} ago
 * @param {number} from
 */
function howComputed(ago, from) {
  if (!ago) return "recorded in a checkpoint";
  return `re-executed ${whole(ago)} iteration${ago > 1 ? "s" : ""} from the checkpoint at ${whole(from)}`;
}

/**
 * @param {string} caption
 * @param {...Node} content
 */
const figure = (caption, ...content) => element("figure", {}, element("figcaption", {}, caption), ...content);
