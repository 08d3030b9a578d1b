// @ts-check
// The list of recorded sessions: a table that sorts by its headings and filters as one types.

import { element } from "./element.js";
import { loadPlotly, loadStyle } from "./loading.js";
import { badge, when } from "./session_head.js";
import { headingOf } from "./served.js";
import { percent, whole } from "./text.js";

/** @typedef {import("./main.js").View} View */
/**
 * @typedef {object} Session
 * @property {string} file
 * @property {string} name
 * @property {string} state
 * @property {string} [data]
 * @property {number} [iterations]
 * @property {number | null} [accuracy]
 * @property {number} [interventions]
 * @property {string} [created]
 * @property {string} [why] it cannot be read
 */

/**
 * @typedef {object} Data
 * @property {Session[]} sessions
 * @property {number} most sessions that are compared at a time
 * @property {string} plotly address of Plotly.js
 */
/** @typedef {"name" | "data" | "iterations" | "accuracy" | "interventions" | "state" | "created"} ColumnName */
/** @typedef {{ name: ColumnName, title: string, number?: boolean, latest?: boolean }} Column */

/** @returns {Column[]} */
const columns = () => [
  { name: "name", title: "Name" },
  { name: "data", title: "Data" },
  { name: "iterations", title: "Iterations", number: true },
  { name: "accuracy", title: headingOf("dev_accuracy"), number: true },
  { name: "interventions", title: "Interventions", number: true },
  { name: "state", title: "State" },
  { name: "created", title: "Created", latest: true },
];

/** How the list was left, for when it is shown again. */
const chosen = {
  by: /** @type {ColumnName} */ ("created"),
  down: true,
  filter: "",
  files: /** @type {Set<string>} */ (new Set()),
};

/** @implements {View} */
export default class SessionList {
  #tell;
  /** @type {Data} */
  #data;
  #shown = "";
  #filter = element("input", { type: "search", placeholder: "name, data or state", value: chosen.filter });
  #headings = columns().map((column) => this.#heading(column));
  #rows = element("tbody");
  #count = element("p", { class: "panda-small", role: "status" });
  #compare = element("button", { type: "button" }, "Compare");
  #ticked = element("span", { class: "panda-small", role: "status" });
  #root;

  /**
   * @param {HTMLElement} parent
   * @param {Data} data
   * @param {import("./main.js").Tell} tell
   */
  constructor(parent, data, tell) {
    this.#tell = tell;
    this.#data = data;
    this.#filter.addEventListener("input", () => {
      chosen.filter = this.#filter.value;
      this.#fill();
    });
    this.#compare.addEventListener("click", () => tell("compare", [...chosen.files]));
    const headings = element("tr", {}, ...this.#headings);
    const table = element("table", { class: "panda-sessions" }, element("thead", {}, headings), this.#rows);
    const filter = element(
      "label",
      { class: "panda-choice panda-filter" },
      element("span", {}, "Filter"),
      this.#filter,
    );
    const comparing = element("div", { class: "panda-row" }, this.#compare, this.#ticked);
    const head = element("div", { class: "panda-row panda-list-head" }, filter, comparing, this.#count);
    this.#root = element("div", { class: "panda", hidden: true }, head, table);
    parent.append(this.#root);
    this.update(data);
    Promise.all(["style.css", "playback.css", "comparison.css"].map(loadStyle)).then(() => {
      this.#root.hidden = false;
      // a session that is opened and sessions compared are drawn with it, and it takes the browser a while
      whenIdle(() => loadPlotly(this.#data.plotly));
    });
  }

  destroy() {
    this.#root.remove();
  }

  /** @param {Data} data */
  update(data) {
    const text = JSON.stringify(data);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#data = data;
    this.#fill();
  }

  /** @param {Column} column */
  #heading({ name, title, number, latest }) {
    const button = element("button", { type: "button" }, title);
    button.addEventListener("click", () => {
      const first = Boolean(number || latest); // the greatest and the latest first
      chosen.down = chosen.by === name ? !chosen.down : first;
      chosen.by = name;
      this.#fill();
    });
    return element("th", { scope: "col", "data-column": name, class: number ? "panda-number" : null }, button);
  }

  #fill() {
    for (const heading of this.#headings) {
      const mine = heading.dataset.column === chosen.by;
      heading.setAttribute("aria-sort", mine ? (chosen.down ? "descending" : "ascending") : "none");
    }
    const { sessions } = this.#data;
    const found = arranged(sessions, chosen.filter, chosen.by, chosen.down);
    /** @type {Map<string, number>} */
    const called = new Map();
    for (const { name } of sessions) called.set(name, (called.get(name) ?? 0) + 1);
    const alike = (/** @type {Session} */ { name }) => Number(called.get(name)) > 1;
    this.#rows.replaceChildren(...found.map((session) => this.#row(session, alike(session))));
    const all = sessions.length;
    const many = `${whole(all)} session${all === 1 ? "" : "s"}`;
    this.#count.textContent = found.length === all ? many : `${whole(found.length)} of ${many}`;
    this.#root.dataset.shown = String(found.length);
    this.#tick();
  }

  /** Which sessions are ticked to be compared; those that are gone meanwhile are not. */
  #tick() {
    const { sessions, most } = this.#data;
    const there = new Set(sessions.filter((s) => s.state !== "unreadable").map((s) => s.file));
    for (const file of chosen.files) if (!there.has(file)) chosen.files.delete(file);
    const n = chosen.files.size;
    this.#compare.disabled = n < 2 || n > most;
    let text = `${n} ticked`;
    if (n > most) text += `, ${most} at most`;
    if (n === 1) text += ", tick another";
    this.#ticked.textContent = n ? text : "tick two or more sessions";
  }

  /**
   * @param {Session} session
   * @param {string} called
   */
  #box(session, called) {
    const box = element("input", {
      type: "checkbox",
      class: "panda-tick",
      "aria-label": `Compare ${called}`,
      checked: chosen.files.has(session.file),
    });
    box.addEventListener("change", () => {
      chosen.files[box.checked ? "add" : "delete"](session.file);
      this.#tick();
    });
    // beside the box is not yet the row, which would open the session
    const label = element("label", { class: "panda-tick-label" }, box);
    label.addEventListener("click", (event) => event.stopPropagation());
    return label;
  }

  /**
   * @param {Session} session
   * @param {boolean} alike whether others have the same name
   */
  #row(session, alike) {
    const name = element("th", { scope: "row" });
    const row = element("tr", { "data-file": session.file }, name);
    if (session.state === "unreadable") {
      name.append(element("span", {}, session.name));
      const why = element("td", { colspan: 4, class: "panda-small" }, session.why ?? "");
      row.append(why, cell("State", badge(session.state)), element("td"));
      return row;
    }
    const open = element("button", { type: "button", class: "panda-open" }, session.name);
    open.addEventListener("click", (event) => {
      event.stopPropagation();
      this.#tell("open", session.file);
    });
    row.addEventListener("click", () => this.#tell("open", session.file));
    row.classList.add("panda-opens");
    const called = alike ? `${session.name}, ${session.file}` : session.name;
    name.append(this.#box(session, called), open);
    if (alike) name.append(element("span", { class: "panda-small panda-file" }, session.file));
    row.append(
      cell("Data", session.data || "–"),
      cell("Iterations", whole(session.iterations), true),
      cell(headingOf("dev_accuracy"), percent(session.accuracy), true),
      cell("Interventions", whole(session.interventions), true),
      cell("State", badge(session.state)),
      cell("Created", when(session.created ?? "")),
    );
    return row;
  }
}

/**
 * Do what may fail, and is then done where it is needed, when the page has nothing else to do.
 * @param {() => Promise<void>} what
 */
function whenIdle(what) {
  const quietly = () => void what().catch(() => undefined);
  if ("requestIdleCallback" in window) window.requestIdleCallback(quietly, { timeout: 2000 });
  else setTimeout(quietly, 200); // Safari has no such thing
}

/**
 * @param {string} title
 * @param {string | Node} content
 */
const cell = (title, content, number = false) =>
  element("td", { "data-title": title, class: number ? "panda-number" : null }, content);

/**
 * The sessions that have every word of a filter in their name, data, state or file; by a column, what is not known
 * last, in whichever direction.
 * @param {Session[]} sessions
 * @param {string} filter
 * @param {ColumnName} by
 * @param {boolean} down
 */
export function arranged(sessions, filter, by, down) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (/** @type {Session} */ s) => `${s.name} ${s.data ?? ""} ${s.state} ${s.file}`.toLowerCase();
  const found = sessions.filter((s) => words.every((word) => text(s).includes(word)));
  return found.sort((a, b) => compare(a[by], b[by], down));
}

/**
 * @param {string | number | null | undefined} a
 * @param {string | number | null | undefined} b
 * @param {boolean} down
 */
function compare(a, b, down) {
  const unknown = (/** @type {unknown} */ v) => v === null || v === undefined || v === "";
  if (unknown(a) || unknown(b)) return Number(unknown(a)) - Number(unknown(b));
  const order =
    typeof a === "string" ? a.localeCompare(String(b), undefined, { numeric: true }) : Number(a) - Number(b);
  return down ? -order : order;
}
