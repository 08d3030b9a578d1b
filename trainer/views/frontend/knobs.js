// @ts-check
// Knobs: a control for each hyperparameter. It shows the truth unless it is being edited; nothing is sent before Apply.

import { element, write } from "./element.js";
import { fromUnit, toUnit } from "./scales.js";
import { fitting, full, short } from "./text.js";

/** @typedef {import("./text.js").Shown} Shown */

/**
 * @typedef {object} Described what the server says of every hyperparameter
 * @property {string} name
 * @property {string} label
 * @property {string} symbol
 * @property {string} fold under what it is folded away; "" where it is in sight
 * @property {number | string | null} unsaid the value at which a list of what was in force has no row for it
 * @property {string} help
 * @property {{ name: string, values: string[] } | null} needs it is hidden unless another one has one of these values
 */

/** @typedef {Described & import("./scales.js").Scale} NumberSpec */
/** @typedef {Described & { options: string[] }} ChoiceSpec */
/** @typedef {NumberSpec | ChoiceSpec} Spec */

/**
 * @typedef {object} Editing what a knob asks of the panel that it is in
 * @property {() => void} edited something was edited, or no longer is
 * @property {() => void} apply Enter was pressed
 */

const STEPS = 1000;

/**
 * @param {Spec} spec
 * @param {Editing} panel
 */
export const knobOf = (spec, panel) => ("options" in spec ? new Choice(spec, panel) : new Knob(spec, panel));

/** Why the value of a control is not allowed, beside it, until it is edited. */
class Refusal {
  #control;
  node;

  /**
   * @param {HTMLElement} control
   * @param {string} name of the hyperparameter
   */
  constructor(control, name) {
    this.#control = control;
    this.node = element("p", { class: "panda-refusal panda-small", id: `panda-refusal-${name}`, hidden: true });
  }

  /** @param {string} why "" where it is allowed */
  say(why) {
    write(this.node, why && `${why.replace(/[.]$/, "")}.`);
    this.node.hidden = !why;
    this.#control.setAttribute("aria-invalid", String(why !== ""));
    if (why) this.#control.setAttribute("aria-describedby", this.node.id);
    else this.#control.removeAttribute("aria-describedby");
  }
}

/** A text box that takes any number, and a slider on the right scale. */
export class Knob {
  spec;
  dirty = false;
  #panel;
  #box;
  #slider;
  #refusal;
  /** @type {Shown} */
  #truth = undefined;
  node;

  /**
   * @param {NumberSpec} spec
   * @param {Editing} panel
   */
  constructor(spec, panel) {
    this.spec = spec;
    this.#panel = panel;
    this.#box = element("input", {
      type: "text",
      class: "panda-number-box",
      inputmode: "decimal",
      "aria-label": spec.label,
      autocomplete: "off",
      spellcheck: "false",
    });
    this.#slider = element("input", {
      type: "range",
      min: 0,
      max: STEPS,
      step: 1,
      "aria-label": `${spec.symbol}, ${spec.kind} scale`,
    });
    this.#refusal = new Refusal(this.#box, spec.name);
    this.node = element(
      "div",
      { class: "panda-knob", "data-knob": spec.name },
      element("span", { class: "panda-label", "aria-hidden": "true" }, spec.label),
      this.#box,
      this.#refusal.node,
      this.#slider,
    );
    this.#box.addEventListener("input", () => this.#edit());
    this.#slider.addEventListener("input", () => {
      this.#box.value = short(fromUnit(spec, Number(this.#slider.value) / STEPS), 3);
      this.#edit(false);
    });
    for (const input of [this.#box, this.#slider]) {
      input.addEventListener("keydown", (event) => this.#key(event));
      input.addEventListener("blur", () => this.show(this.#truth));
    }
  }

  get text() {
    return this.#box.value;
  }

  /** @param {Shown} truth */
  show(truth) {
    this.#truth = truth;
    if (truth === undefined || truth === null || this.dirty) return;
    if (document.activeElement === this.#box || document.activeElement === this.#slider) return;
    const text = fitting(truth);
    if (this.#box.value !== text) this.#box.value = text;
    this.#box.title = full(truth);
    this.#place(Number(truth));
  }

  /** @param {string} why its value is not allowed; "" where it is */
  mark(why) {
    this.#refusal.say(why);
  }

  revert() {
    this.settle();
    const { selectionStart: from, selectionEnd: to, value } = this.#box;
    const chosen = document.activeElement === this.#box && value !== "" && from === 0 && to === value.length;
    this.#box.value = fitting(this.#truth);
    if (chosen) this.#box.select(); // somebody is about to type over it
    this.#place(Number(this.#truth));
  }

  settle() {
    this.dirty = false;
    this.mark("");
    this.node.classList.remove("panda-dirty");
    // what is in force may have been sent before the answer to Apply: nothing more may come while the run is paused
    if (Number(this.text) === this.#truth) this.show(this.#truth);
  }

  #edit(place = true) {
    this.mark("");
    this.dirty = this.#box.value.trim() !== fitting(this.#truth);
    this.node.classList.toggle("panda-dirty", this.dirty);
    if (place && Number.isFinite(Number(this.#box.value))) this.#place(Number(this.#box.value));
    this.#panel.edited();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Enter") this.#panel.apply();
    if (event.key === "Escape") {
      if (this.dirty) event.preventDefault(); // else it is a key of the page
      this.revert();
      this.#panel.edited();
    }
  }

  /**
   * Move the slider to a value.
   * @param {number} value
   */
  #place(value) {
    this.#slider.value = String(Math.round(STEPS * toUnit(this.spec, value)));
    this.#slider.setAttribute("aria-valuetext", short(value));
  }
}

/** A choice of names. */
export class Choice {
  spec;
  dirty = false;
  #select;
  #refusal;
  /** @type {Shown} */
  #truth = undefined;
  node;

  /**
   * @param {ChoiceSpec} spec
   * @param {Editing} panel
   */
  constructor(spec, panel) {
    this.spec = spec;
    const options = spec.options.map((name) => element("option", { value: name }, name));
    this.#select = element("select", { "aria-label": spec.label }, ...options);
    this.#refusal = new Refusal(this.#select, spec.name);
    this.node = element(
      "div",
      { class: "panda-knob panda-choose", "data-knob": spec.name },
      element("span", { class: "panda-label", "aria-hidden": "true" }, spec.label),
      this.#select,
      this.#refusal.node,
    );
    this.#select.addEventListener("change", () => {
      this.mark("");
      this.dirty = this.#select.value !== this.#truth;
      this.node.classList.toggle("panda-dirty", this.dirty);
      panel.edited();
    });
  }

  get text() {
    return this.#select.value;
  }

  /** @param {Shown} truth */
  show(truth) {
    this.#truth = truth;
    if (this.dirty || truth === undefined || document.activeElement === this.#select) return;
    this.#select.value = String(truth);
  }

  /** @param {string} why its value is not allowed; "" where it is */
  mark(why) {
    this.#refusal.say(why);
  }

  revert() {
    this.settle();
    this.#select.value = String(this.#truth);
  }

  settle() {
    this.dirty = false;
    this.mark("");
    this.node.classList.remove("panda-dirty");
  }
}
