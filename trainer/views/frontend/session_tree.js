// @ts-check
// The runs of a session as a tree, along the iterations; each can be chosen.

import { element } from "./element.js";
import { loadStyle } from "./loading.js";
import { changes, whole } from "./text.js";

/** @typedef {import("./main.js").View} View */
/** @typedef {import("./text.js").Values} Values */
/** @typedef {{ before: Values, after: Values }} Change */

/**
 * @typedef {object} Run
 * @property {string} run
 * @property {string} parent "" where it has none here
 * @property {number} from
 * @property {number} to
 * @property {string} ended
 * @property {number | null} line up to which iteration the chosen run comes from here; null where it does not
 * @property {number[]} marks
 * @property {Partial<Change> & { without?: Change }} change at its birth
 */

/** @typedef {{ runs: Run[], chosen: string }} Data */

const ROW = 30;
const LEFT = 46;
const NS = "http://www.w3.org/2000/svg";

/** @implements {View} */
export default class SessionTree {
  #tell;
  /** @type {Data} */
  #data;
  #list = element("ul", { class: "panda-tree-rows" });
  #drawing = document.createElementNS(NS, "svg");
  #root;
  #resizer;

  /**
   * @param {HTMLElement} parent
   * @param {Data} data
   * @param {import("./main.js").Tell} tell
   */
  constructor(parent, data, tell) {
    this.#tell = tell;
    this.#data = data;
    this.#drawing.setAttribute("aria-hidden", "true");
    this.#root = element(
      "section",
      { class: "panda panda-tree", "aria-label": "Runs of this session", hidden: true },
      element("h3", {}, "Runs of this session"),
      element("div", { class: "panda-tree-scroll" }, this.#drawing, this.#list),
    );
    parent.append(this.#root);
    this.#resizer = new ResizeObserver(() => this.#draw());
    this.#resizer.observe(this.#root);
    this.update(data);
    Promise.all(["style.css", "playback.css"].map(loadStyle)).then(() => {
      this.#root.hidden = false;
      this.#draw();
      this.#reveal();
    });
  }

  destroy() {
    this.#resizer.disconnect();
    this.#root.remove();
  }

  /** @param {Data} data */
  update(data) {
    this.#data = data;
    this.#list.replaceChildren(...data.runs.map((run) => this.#row(run)));
    this.#draw();
    this.#reveal();
  }

  /** Within the list only: the page stays where it is. */
  #reveal() {
    const row = this.#list.querySelector("[aria-current]")?.parentElement;
    const box = this.#list.parentElement;
    if (!row || !box) return;
    const lowest = row.offsetTop + row.offsetHeight - box.clientHeight;
    box.scrollTop = Math.min(row.offsetTop, Math.max(box.scrollTop, lowest));
  }

  /** @param {Run} run */
  #row(run) {
    const chosen = run.run === this.#data.chosen && "true";
    const text = described(run);
    const button = element("button", { type: "button", title: text, "aria-current": chosen }, run.run);
    button.addEventListener("click", () => this.#tell("run", run.run));
    return element(
      "li",
      { "data-run": run.run, class: run.line === null ? "panda-aside" : "" },
      button,
      element("span", { class: "panda-tree-told" }, text),
    );
  }

  #draw() {
    const { runs } = this.#data;
    const width = Math.max(80, this.#list.clientWidth - LEFT - 12);
    const last = Math.max(1, ...runs.map((run) => run.to));
    const x = (/** @type {number} */ t) => LEFT + (t / last) * width;
    // on a narrow screen what is written of a run takes more than a line
    const rows = /** @type {HTMLElement[]} */ ([...this.#list.children]);
    const bottoms = rows.map((row) => row.offsetTop + row.offsetHeight);
    const y = (/** @type {number} */ i) => (bottoms[i] ?? (i + 1) * ROW) - 6;
    const numbers = new Map(runs.map((run, i) => [run.run, i]));
    /** @type {SVGPathElement[]} */
    const parts = [];
    runs.forEach((run, i) => {
      const parent = numbers.get(run.parent);
      if (parent !== undefined) parts.push(path(`M ${x(run.from)} ${y(parent)} V ${y(i)}`, "panda-tree-birth"));
      parts.push(path(`M ${x(run.from)} ${y(i)} H ${x(run.to)}`, "panda-tree-aside"));
      if (run.line !== null) {
        parts.push(path(`M ${x(run.from)} ${y(i)} H ${x(Math.min(run.line, run.to))}`, "panda-tree-line"));
      }
      for (const t of run.marks) {
        parts.push(path(`M ${x(t)} ${y(i) - 5} l 4 5 l -4 5 l -4 -5 z`, "panda-tree-mark"));
      }
    });
    this.#drawing.replaceChildren(...parts);
    this.#drawing.setAttribute("width", String(LEFT + width + 12));
    this.#drawing.setAttribute("height", String((bottoms.at(-1) ?? 0) + 4));
  }
}

/** @param {Run} run */
function described({ parent, from, to, ended, change: { before, after, without } }) {
  const length = `${whole(to)} iterations${ended ? `, ${ended}` : ""}`;
  if (!parent) return length;
  let what = "";
  if (before && after) what = `, with ${changes({ before, after })}`;
  else if (without) what = `, without ${changes(without)}`;
  return `from ${parent} at ${whole(from)}${what}; ${length}`;
}

/**
 * @param {string} d
 * @param {string} name
 */
function path(d, name) {
  const node = document.createElementNS(NS, "path");
  node.setAttribute("d", d);
  node.setAttribute("class", name);
  return node;
}
