// @ts-check
// Parts of a run played back: the hyperparameters as they were, what had happened by then, and the numbers out of the
// curve that the page has already.

import { element } from "./element.js";
import { upTo } from "./frames.js";
import { served } from "./served.js";
import { changes, short, whole } from "./text.js";

/** @typedef {import("./text.js").Values} Values */
/** @typedef {import("./frames.js").Curve} Curve */
/** @typedef {{ iteration: number, values: Values }} Setting all values at first, then those that are others */

/**
 * @typedef {object} Happened
 * @property {string} kind
 * @property {number} iteration
 * @property {string} text
 * @property {string} time
 * @property {string} [author]
 * @property {Values} [before]
 * @property {Values} [after]
 */

/** The hyperparameters in force after an iteration; those that the last change set are marked. */
export class Was {
  /** @type {{ iteration: number, values: Values, changed: string[] }[]} */
  #settings = [];
  /** @type {Values} in force */
  values = {};
  #shown = -1;
  /** @type {Map<string, { row: HTMLElement, value: HTMLElement }>} */
  #rows = new Map();
  #unsaid = new Map(served.knobs.map((knob) => [knob.name, knob.unsaid]));
  node;

  constructor() {
    const list = served.knobs.map(({ name, label }) => {
      const value = element("dd", {}, "–");
      const title = element("dt", {}, name === "learning_rate" ? "α₀ of the schedule" : label);
      const row = element("div", { "data-name": name }, title, value);
      this.#rows.set(name, { row, value });
      return row;
    });
    this.node = element(
      "section",
      { class: "panda-was", "aria-label": "Hyperparameters at this iteration" },
      element("h3", {}, "Hyperparameters as they were"),
      element("dl", {}, ...list),
    );
  }

  /** @param {Setting[]} settings */
  know(settings) {
    this.#settings = inFull(settings);
    this.#shown = -1;
  }

  /** @param {number} iteration */
  show(iteration) {
    const at = Math.max(0, upTo(this.#settings, iteration) - 1);
    const setting = this.#settings[at];
    if (at === this.#shown || !setting) return;
    this.#shown = at;
    this.values = setting.values;
    for (const [name, { row, value }] of this.#rows) {
      value.textContent = short(setting.values[name], 6);
      row.hidden = this.#unsaid.get(name) === setting.values[name] && !setting.changed.includes(name);
      row.toggleAttribute("data-changed", setting.changed.includes(name));
    }
  }
}

/**
 * All values of each setting, and which of them it changed.
 * @param {Setting[]} settings
 */
export function inFull(settings) {
  /** @type {Values} */
  const values = {};
  return settings.map((setting, i) => {
    Object.assign(values, setting.values);
    return { iteration: setting.iteration, values: { ...values }, changed: i ? Object.keys(setting.values) : [] };
  });
}

/** @type {Record<string, string>} */
const KINDS = {
  paused: "Paused",
  resumed: "Went on",
  nonfinite: "Stopped by a cost that is not finite",
  plan: "Planned",
  "plan-cancelled": "Not planned any more",
};

/** What had happened by then, the latest first. */
export class Past {
  #go;
  /** @type {{ kind: string, iteration: number, node: HTMLElement }[]} */
  #entries = [];
  #shown = 0;
  changes = 0; // interventions so far
  all = 0; // interventions of the run
  #list = element("ol", { class: "panda-log", reversed: true });
  #none = element("p", { class: "panda-small" });
  node = element(
    "section",
    { class: "panda-history", "aria-label": "What had happened" },
    element("h3", {}, "Interventions and notes so far"),
    this.#none,
    this.#list,
  );

  /** @param {(iteration: number) => void} go there */
  constructor(go) {
    this.#go = go;
  }

  /** @param {Happened[]} happened */
  know(happened) {
    this.#entries = happened.map((one) => ({ ...one, node: this.#entry(one) }));
    this.all = happened.filter(({ kind }) => kind === "intervention").length;
    this.#shown = 0;
    this.changes = 0;
    this.#list.replaceChildren();
  }

  /**
   * Show what had happened up to an iteration.
   * @param {number} iteration
   */
  show(iteration) {
    const n = upTo(this.#entries, iteration);
    for (; this.#shown < n; this.#shown += 1) this.#put(this.#shown, 1);
    for (; this.#shown > n; this.#shown -= 1) this.#put(this.#shown - 1, -1);
    this.#none.textContent = this.#entries.length
      ? "None yet at this iteration."
      : "None in this run. A note can be added to any iteration.";
    this.#none.hidden = n > 0;
    this.node.dataset.shown = String(n);
  }

  /**
   * @param {number} i
   * @param {1 | -1} way there, or away
   */
  #put(i, way) {
    const { node, kind } = this.#entries[i];
    if (way > 0) this.#list.prepend(node);
    else node.remove();
    if (kind === "intervention") this.changes += way;
  }

  /** @param {Happened} happened */
  #entry({ kind, iteration, author, text, time, before = {}, after }) {
    const where = element("button", { type: "button", title: "Go there" }, `iteration ${whole(iteration)}`);
    where.addEventListener("click", () => this.#go(iteration));
    const parts = [element("span", { class: "panda-where" }, where)];
    if (after) parts.push(element("strong", {}, changes({ before, after })));
    else if (kind !== "note") parts.push(element("span", {}, KINDS[kind] ?? kind));
    if (author) parts.push(element("span", { class: "panda-small" }, `by ${author}`));
    if (text) parts.push(element("q", {}, text));
    return element("li", { "data-kind": kind, title: time }, ...parts);
  }
}

/**
 * The numbers at an iteration as the charts show them: buckets of several iterations where there are many.
 * @param {Curve} curve
 * @param {number} iteration
 * @param {Values} values hyperparameters in force
 */
export function numbersFromCurve(curve, iteration, values) {
  const { train, dev } = curve.tracks;
  const bucket = Math.floor((iteration - curve.start - 1) / train.size) - train.first;
  const evaluations = dev.columns.iteration.map((t) => ({ iteration: t }));
  const last = upTo(evaluations, iteration) - 1;
  const cost = train.columns.mean[bucket];
  return {
    epoch: curve.toAxis("epoch")(iteration),
    rate: values.decay === "none" ? values.learning_rate : train.columns.rate[bucket],
    cost: Number.isNaN(cost) ? "lost" : cost,
    wide: train.size,
    dev: dev.columns.cost[last],
    accuracy: dev.columns.accuracy[last],
    devAt: dev.columns.iteration[last],
  };
}
