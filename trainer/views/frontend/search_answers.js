// @ts-check
// How a search stands, asked of the server: each time only what changed since it was asked before.

/** @typedef {import("./search_facts.js").Search} Search */

/**
 * @typedef {object} Answer
 * @property {Search} search all of it
 * @property {boolean} told whether anything in it is another than before
 * @property {boolean} drawn whether that can be seen in a picture
 *
 * @typedef {object} Changes
 * @property {string} revision
 * @property {boolean} whole whether these are all parts and all trials
 */

/** Parts that are said, not drawn. */
const SAID = new Set(["seconds", "left", "time_left", "again", "reason", "remarks", "path", "plan", "workers"]);

export class Answers {
  #revision = "";
  #asked = 0;
  /** @type {Search | null} */
  #known = null;
  /** @type {Map<number, import("./search_facts.js").Trial>} */
  #trials = new Map();
  id;

  /** @param {string} id of the search */
  constructor(id) {
    this.id = id;
  }

  /**
   * How it stands now; else why that cannot be told.
   * @returns {Promise<{ answer: Answer, trouble?: undefined } | { answer?: undefined, trouble: string } | null>} null
   *   where it was asked again meanwhile: that answer has it all
   */
  async ask() {
    const number = (this.#asked += 1);
    try {
      const got = await fetch(`/panda/search?id=${encodeURIComponent(this.id)}&since=${this.#revision}`);
      const text = await got.text();
      if (number !== this.#asked) return null;
      if (got.ok) return { answer: this.take(JSON.parse(text)) };
      return { trouble: text.trim() || `the server answers ${got.status}` };
    } catch {
      return { trouble: "Panda cannot be reached: what is shown is how the search stood before; it is asked again." };
    }
  }

  /**
   * All of it, with what is new in it.
   * @param {Search & Changes} changes
   * @returns {Answer}
   */
  take({ revision, whole, trials, ...parts }) {
    if (whole) {
      this.#trials.clear();
      this.#known = null;
    }
    this.#revision = revision;
    for (const trial of trials) this.#trials.set(trial.index, trial);
    const all = [...this.#trials.values()].sort((a, b) => a.index - b.index);
    this.#known = { ...this.#known, ...parts, trials: all };
    const names = Object.keys(parts);
    const drawn = whole || trials.length > 0 || names.some((name) => !SAID.has(name));
    return { search: this.#known, told: drawn || names.length > 0, drawn };
  }
}
