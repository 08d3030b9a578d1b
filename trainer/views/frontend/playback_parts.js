// Parts of a run played back: the hyperparameters as they were, what had happened by then, and the numbers out of the
// curve that the page has already.

import { changes, element, short, whole } from "./text.js";

/** The hyperparameters in force after an iteration; those that the last change set are marked. */
export class Was {
  constructor(labels) {
    this.settings = [];
    this.values = {};
    this.at = undefined;
    this.rows = {};
    const list = Object.entries(labels).map(([name, label]) => {
      const value = element("dd", {}, "–");
      this.rows[name] = element("div", { "data-name": name }, element("dt", {}, name === "learning_rate" ? "α₀ of the schedule" : label), value);
      return this.rows[name];
    });
    this.node = element("section", { class: "panda-was", "aria-label": "Hyperparameters at this iteration" }, element("h3", {}, "Hyperparameters as they were"), element("dl", {}, ...list));
  }

  /** settings: [{iteration, values}]; all values first, then those that are others. */
  know(settings) {
    const values = {};
    this.settings = settings.map((setting, i) => {
      Object.assign(values, setting.values);
      return { iteration: setting.iteration, values: { ...values }, changed: i ? Object.keys(setting.values) : [] };
    });
    this.at = undefined;
  }

  show(iteration) {
    const at = Math.max(0, upTo(this.settings, iteration) - 1);
    const setting = this.settings[at];
    if (at === this.at || !setting) return;
    this.at = at;
    this.values = setting.values;
    for (const [name, row] of Object.entries(this.rows)) {
      row.lastChild.textContent = short(setting.values[name], 6);
      row.toggleAttribute("data-changed", setting.changed.includes(name));
    }
  }
}

const KINDS = { paused: "Paused", resumed: "Went on", nonfinite: "Stopped by a cost that is not finite" };

/** What had happened by then, the latest first. */
export class Past {
  constructor(go) {
    this.go = go;
    this.entries = [];
    this.shown = 0;
    this.changes = this.all = 0;
    this.list = element("ol", { class: "panda-log", reversed: true });
    this.none = element("p", { class: "panda-small" });
    this.node = element("section", { class: "panda-history", "aria-label": "What had happened" }, element("h3", {}, "Interventions and notes so far"), this.none, this.list);
  }

  know(happened) {
    this.entries = happened.map((entry) => ({ ...entry, node: this.#entry(entry) }));
    this.all = happened.filter(({ kind }) => kind === "intervention").length;
    this.shown = 0;
    this.changes = 0;
    this.list.replaceChildren();
  }

  /** Show what had happened up to an iteration; returns how many interventions that were. */
  show(iteration) {
    const n = upTo(this.entries, iteration);
    for (; this.shown < n; this.shown += 1) this.#put(this.entries[this.shown], 1);
    for (; this.shown > n; this.shown -= 1) this.#put(this.entries[this.shown - 1], -1);
    const said = this.entries.length ? "None yet at this iteration." : "None in this run. A note can be added to any iteration.";
    this.none.textContent = said;
    this.none.hidden = n > 0;
    this.node.dataset.shown = n;
    return this.changes;
  }

  #put({ node, kind }, way) {
    if (way > 0) this.list.prepend(node);
    else node.remove();
    if (kind === "intervention") this.changes += way;
  }

  #entry({ kind, iteration, author, text, time, before, after }) {
    const where = element("button", { type: "button", title: "Go there" }, `iteration ${whole(iteration)}`);
    where.addEventListener("click", () => this.go(iteration));
    const parts = [element("span", { class: "panda-where" }, where)];
    if (kind === "intervention") parts.push(element("strong", {}, changes({ before, after })));
    else if (kind !== "note") parts.push(element("span", {}, KINDS[kind] ?? kind));
    if (author) parts.push(element("span", { class: "panda-small" }, `by ${author}`));
    if (text) parts.push(element("q", {}, text));
    return element("li", { "data-kind": kind, title: time }, ...parts);
  }
}

/** How many of a list in the order of iterations are at or before one. */
function upTo(list, iteration) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].iteration <= iteration) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The numbers at an iteration as the charts show them: buckets of several iterations where there are many. */
export function numbersFromCurve(curve, iteration, values) {
  const { train, dev } = curve.tracks;
  const bucket = Math.floor((iteration - curve.start - 1) / train.size) - train.first;
  const last = upTo(dev.columns.iteration.map((t) => ({ iteration: t })), iteration) - 1;
  return {
    epoch: curve.toAxis("epoch")(iteration),
    rate: values.decay === "none" ? values.learning_rate : train.columns.rate[bucket],
    cost: Number.isNaN(train.columns.mean[bucket]) ? "lost" : train.columns.mean[bucket],
    wide: train.size,
    dev: dev.columns.cost[last],
    accuracy: dev.columns.accuracy[last],
    devAt: dev.columns.iteration[last],
  };
}
