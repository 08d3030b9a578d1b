// The runs of a session as a tree, along the iterations; each can be chosen.

import { loadStyle } from "./main.js";
import { changes, element, whole } from "./text.js";

const ROW = 30;
const LEFT = 46;
const NS = "http://www.w3.org/2000/svg";

export default function mount({ data, parentElement, setTriggerValue }) {
  const there = parentElement.panda ?? (parentElement.panda = new Tree(parentElement));
  there.tell = setTriggerValue;
  there.show(data);
}

class Tree {
  constructor(parent) {
    this.list = element("ul", { class: "panda-tree-rows" });
    this.drawing = document.createElementNS(NS, "svg");
    this.drawing.setAttribute("aria-hidden", "true");
    this.root = element(
      "section", { class: "panda panda-tree", "aria-label": "Runs of this session" },
      element("h3", {}, "Runs of this session"),
      element("div", { class: "panda-tree-scroll" }, this.drawing, this.list),
    );
    this.root.hidden = true;
    parent.append(this.root);
    new ResizeObserver(() => this.data && this.#draw()).observe(this.root);
    Promise.all([loadStyle(), loadStyle("playback.css")]).then(() => {
      this.root.hidden = false;
      this.#draw();
      this.#reveal();
    });
  }

  show(data) {
    this.data = data;
    this.list.replaceChildren(...data.runs.map((run) => this.#row(run)));
    this.#draw();
    this.#reveal();
  }

  /** Within the list only: the page stays where it is. */
  #reveal() {
    const row = this.list.querySelector("[aria-current]")?.parentElement;
    const box = this.list.parentElement;
    if (row) box.scrollTop = Math.min(row.offsetTop, Math.max(box.scrollTop, row.offsetTop + row.offsetHeight - box.clientHeight));
  }

  #row(run) {
    const chosen = run.run === this.data.chosen;
    const button = element("button", { type: "button", title: told(run), "aria-current": chosen ? "true" : false }, run.run);
    button.addEventListener("click", () => this.tell("run", run.run));
    return element("li", { "data-run": run.run, class: run.line === null ? "panda-aside" : "" }, button, element("span", { class: "panda-tree-told" }, told(run)));
  }

  #draw() {
    const { runs } = this.data;
    const width = Math.max(80, this.list.clientWidth - LEFT - 12);
    const last = Math.max(1, ...runs.map((run) => run.to));
    const x = (t) => LEFT + (t / last) * width;
    // on a narrow screen what is told of a run takes more than a line
    const bottoms = [...this.list.children].map((row) => row.offsetTop + row.offsetHeight);
    const y = (i) => (bottoms[i] ?? (i + 1) * ROW) - 6;
    const rows = new Map(runs.map((run, i) => [run.run, i]));
    const parts = [];
    runs.forEach((run, i) => {
      const aside = run.line === null;
      if (rows.has(run.parent)) parts.push(path(`M ${x(run.from)} ${y(rows.get(run.parent))} V ${y(i)}`, "panda-tree-birth"));
      parts.push(path(`M ${x(run.from)} ${y(i)} H ${x(run.to)}`, "panda-tree-aside"));
      if (!aside) parts.push(path(`M ${x(run.from)} ${y(i)} H ${x(Math.min(run.line, run.to))}`, "panda-tree-line"));
      for (const t of run.marks) parts.push(path(`M ${x(t)} ${y(i) - 5} l 4 5 l -4 5 l -4 -5 z`, "panda-tree-mark"));
    });
    this.drawing.replaceChildren(...parts);
    this.drawing.setAttribute("width", LEFT + width + 12);
    this.drawing.setAttribute("height", (bottoms.at(-1) ?? 0) + 4);
  }
}

function told({ parent, from, to, ended, change }) {
  const length = `${whole(to)} iterations${ended ? `, ${ended}` : ""}`;
  if (!parent) return length;
  const what = change.after ? `, with ${changes(change)}` : change.without ? `, without ${changes(change.without)}` : "";
  return `from ${parent} at ${whole(from)}${what}; ${length}`;
}

function path(d, name) {
  const node = document.createElementNS(NS, "path");
  node.setAttribute("d", d);
  node.setAttribute("class", name);
  return node;
}
