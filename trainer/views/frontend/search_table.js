// @ts-check
// The trials as a table, the best first, or as a heading says; a finished one can be promoted to a session.

import { button, element, write } from "./element.js";
import { bestFirst } from "./search_facts.js";
import { measured, percent, whole } from "./text.js";
import { counted } from "./search_words.js";

/** @typedef {import("./search_facts.js").Search} Search */
/** @typedef {import("./search_facts.js").Trial} Trial */
/** @typedef {{ name: string, title: string, spoken?: string, number?: boolean, text: (trial: Trial) => string, key?: (trial: Trial) => number | string }} Column */
/** @typedef {{ node: HTMLTableRowElement, cells: HTMLTableCellElement[], promote: HTMLButtonElement }} Row */

const MOST = 50; // rows
const BEST = "dev_cost";

export class TrialTable {
  #tell;
  #by = BEST;
  #down = false;
  /** @type {Search | null} */
  #search = null;
  #columns = "";
  /** @type {Map<number, Row>} */
  #rows = new Map();
  #head = element("tr");
  #body = element("tbody");
  #more = element("p", { class: "panda-small" });
  #empty = element("p", {}, "No trial has begun yet.");
  #scroll;
  node;

  /** @param {(index: number) => void} promote */
  constructor(promote) {
    this.#tell = promote;
    const table = element("table", { class: "panda-trials", "aria-label": "Trials" });
    table.append(element("thead", {}, this.#head), this.#body);
    this.#scroll = element(
      "div",
      { class: "panda-scroll", tabindex: "0", role: "group", "aria-label": "Trials" },
      table,
    );
    this.node = element("section", {}, element("h3", {}, "Trials"), this.#empty, this.#scroll, this.#more);
  }

  /** @param {Search} search */
  show(search) {
    this.#search = search;
    const columns = columnsOf(search);
    this.#headings(columns);
    const shown = this.#sorted(columns).slice(0, MOST);
    const there = new Set(shown.map(({ index }) => index));
    for (const index of this.#rows.keys()) if (!there.has(index)) this.#rows.delete(index);
    const best = bestFirst(search.trials.filter((trial) => trial.dev_cost !== null))[0];
    const nodes = shown.map((trial) => this.#row(trial, columns, trial === best));
    if (nodes.length !== this.#body.children.length || nodes.some((node, i) => node !== this.#body.children[i])) {
      const focused = document.activeElement;
      this.#body.replaceChildren(...nodes);
      if (focused instanceof HTMLElement && this.#body.contains(focused)) focused.focus({ preventScroll: true });
    }
    const rest = search.trials.length - shown.length;
    this.#more.hidden = !rest;
    write(this.#more, `${counted(rest, "more trial")}, which the pictures above show.`);
    this.#empty.hidden = search.trials.length > 0;
    this.#scroll.hidden = !search.trials.length;
  }

  /** @param {Column[]} columns */
  #sorted(columns) {
    const trials = bestFirst(this.#search?.trials ?? []);
    const column = columns.find(({ name }) => name === this.#by);
    if (column && (this.#by !== BEST || this.#down)) {
      const key = column.key ?? column.text;
      trials.sort((a, b) => compared(key(a), key(b)) * (this.#down ? -1 : 1));
    }
    return trials;
  }

  /** @param {Column[]} columns */
  #headings(columns) {
    const names = columns.map(({ name }) => name).join();
    if (names !== this.#columns) {
      this.#columns = names;
      this.#rows.clear();
      const last = element("th", { scope: "col" }, element("span", { class: "panda-spoken" }, "Promote"));
      this.#head.replaceChildren(...columns.map((column) => this.#heading(column)), last);
    }
    for (const [i, { name }] of columns.entries()) {
      const direction = name === this.#by ? (this.#down ? "descending" : "ascending") : "none";
      this.#head.children[i].setAttribute("aria-sort", direction);
    }
  }

  /** @param {Column} column */
  #heading({ name, title, number }) {
    const sort = button(title, () => {
      this.#down = this.#by === name ? !this.#down : false;
      this.#by = name;
      if (this.#search) this.show(this.#search);
    });
    return element("th", { scope: "col", class: number && "panda-number" }, sort);
  }

  /**
   * @param {Trial} trial
   * @param {Column[]} columns
   * @param {boolean} best
   */
  #row(trial, columns, best) {
    const row = this.#rows.get(trial.index) ?? this.#newRow(trial, columns);
    this.#rows.set(trial.index, row);
    for (const [i, column] of columns.entries()) write(row.cells[i], column.text(trial));
    row.promote.hidden = trial.state !== "finished";
    row.node.dataset.state = trial.state;
    row.node.classList.toggle("panda-best", best);
    row.node.title = trial.reason;
    return row.node;
  }

  /**
   * @param {Trial} trial
   * @param {Column[]} columns
   * @returns {Row}
   */
  #newRow({ index }, columns) {
    const cells = columns.map(({ number }) => element("td", { class: number && "panda-number" }));
    const again = Boolean(this.#search?.plan?.origin); // a live run was tested again
    const promote = button(again ? "Apply" : "Promote", () => this.#tell(index));
    promote.setAttribute("aria-label", again ? `Apply trial ${index} to the live run` : `Promote trial ${index}`);
    promote.title = again
      ? "gives the live run that was tested again what this trial has, at once and as a recorded change"
      : "its state becomes a new session on Train, which goes on from where it stopped";
    const node = element("tr", { "data-trial": index }, ...cells, element("td", {}, promote));
    return { node, cells, promote };
  }
}

/**
 * @param {Search} search
 * @returns {Column[]}
 */
function columnsOf({ dimensions }) {
  return [
    { name: "index", title: "Trial", number: true, text: ({ index }) => String(index), key: ({ index }) => index },
    { name: "round", title: "Round", number: true, text: ({ round }) => String(round), key: ({ round }) => round },
    ...dimensions.map(({ name, label, kind }) => ({
      name: `value ${name}`,
      title: label,
      number: kind !== "choice",
      text: (/** @type {Trial} */ trial) => trial.text[name] ?? "–",
      key: (/** @type {Trial} */ trial) => trial.unit[name] ?? Infinity,
    })),
    {
      name: BEST,
      title: "Dev cost",
      number: true,
      text: (t) => measured(t.dev_cost, 4),
      key: (t) => t.dev_cost ?? Infinity,
    },
    {
      name: "dev_accuracy",
      title: "Dev accuracy",
      number: true,
      text: ({ dev_accuracy }) => percent(dev_accuracy),
      key: ({ dev_accuracy }) => dev_accuracy ?? -1,
    },
    { name: "state", title: "State", text: stateInWords },
    {
      name: "seconds",
      title: "Seconds",
      number: true,
      text: ({ seconds }) => measured(seconds, 2),
      key: ({ seconds }) => seconds,
    },
  ];
}

/** @param {Trial} trial */
const stateInWords = ({ state, done, iterations }) =>
  state === "training" ? `under way, ${whole(done)} of ${whole(iterations)}` : state;

/**
 * @param {number | string} a
 * @param {number | string} b
 */
const compared = (a, b) => (a === b ? 0 : a < b ? -1 : 1);
