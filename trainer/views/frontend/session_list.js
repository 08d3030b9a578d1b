// The list of recorded sessions: a table that sorts by its headings and filters as one types.

import { loadStyle } from "./main.js";
import { badge, when } from "./session_head.js";
import { element, percent, whole } from "./text.js";

const COLUMNS = [
  { name: "name", title: "Name" },
  { name: "data", title: "Data" },
  { name: "iterations", title: "Iterations", number: true },
  { name: "accuracy", title: "Dev accuracy", number: true },
  { name: "interventions", title: "Interventions", number: true },
  { name: "state", title: "State" },
  { name: "created", title: "Created", latest: true },
];

// how the list was left, for whoever comes back to it
const chosen = { by: "created", down: true, filter: "", files: new Set() };

const MOST = 8; // as many as are compared at a time

export default function mount({ data, parentElement, setTriggerValue }) {
  const list = (parentElement.panda ??= new SessionList(parentElement));
  list.open = (file) => setTriggerValue("open", file);
  list.compare = (files) => setTriggerValue("compare", files);
  list.show(data.sessions);
}

class SessionList {
  constructor(parent) {
    this.filter = element("input", { type: "search", placeholder: "name, data or state", value: chosen.filter });
    this.filter.addEventListener("input", () => {
      chosen.filter = this.filter.value;
      this.#fill();
    });
    this.headings = COLUMNS.map((column) => this.#heading(column));
    this.rows = element("tbody");
    this.count = element("p", { class: "panda-small", role: "status" });
    this.comparing = element("button", { type: "button" }, "Compare");
    this.comparing.addEventListener("click", () => this.compare([...chosen.files]));
    this.ticked = element("span", { class: "panda-small", role: "status" });
    const table = element("table", { class: "panda-sessions" }, element("thead", {}, element("tr", {}, ...this.headings)), this.rows);
    const filter = element("label", { class: "panda-choice panda-filter" }, element("span", {}, "Filter"), this.filter);
    this.root = element("div", { class: "panda", hidden: true }, element("div", { class: "panda-row panda-list-head" }, filter, element("div", { class: "panda-row" }, this.comparing, this.ticked), this.count), table);
    parent.append(this.root);
    Promise.all([loadStyle(), loadStyle("playback.css"), loadStyle("comparison.css")]).then(() => (this.root.hidden = false));
  }

  show(sessions) {
    const text = JSON.stringify(sessions);
    if (text === this.shown) return;
    this.shown = text;
    this.sessions = sessions;
    this.#fill();
  }

  #heading(column) {
    const button = element("button", { type: "button" }, column.title);
    button.addEventListener("click", () => {
      const first = Boolean(column.number || column.latest); // the greatest and the latest first
      chosen.down = chosen.by === column.name ? !chosen.down : first;
      chosen.by = column.name;
      this.#fill();
    });
    return element("th", { scope: "col", "data-column": column.name, class: column.number ? "panda-number" : null }, button);
  }

  #fill() {
    for (const heading of this.headings) {
      const mine = heading.dataset.column === chosen.by;
      heading.setAttribute("aria-sort", mine ? (chosen.down ? "descending" : "ascending") : "none");
    }
    const words = chosen.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (s) => `${s.name} ${s.data ?? ""} ${s.state} ${s.file}`.toLowerCase();
    const found = this.sessions.filter((s) => words.every((word) => text(s).includes(word)));
    found.sort((a, b) => compare(a[chosen.by], b[chosen.by], chosen.down));
    this.rows.replaceChildren(...found.map((session) => this.#row(session)));
    const all = this.sessions.length;
    const many = `${whole(all)} session${all === 1 ? "" : "s"}`;
    this.count.textContent = found.length === all ? many : `${whole(found.length)} of ${many}`;
    this.root.dataset.shown = found.length;
    this.#tick();
  }

  /** Which sessions are ticked to be compared; those that are gone meanwhile are not. */
  #tick() {
    const there = new Set(this.sessions.filter((s) => s.state !== "unreadable").map((s) => s.file));
    for (const file of chosen.files) if (!there.has(file)) chosen.files.delete(file);
    const n = chosen.files.size;
    this.comparing.disabled = n < 2 || n > MOST;
    this.ticked.textContent = n > MOST ? `${n} ticked, ${MOST} at most` : n === 0 ? "tick two or more sessions" : n === 1 ? "1 ticked, tick another" : `${n} ticked`;
  }

  #box(session) {
    const box = element("input", { type: "checkbox", class: "panda-tick", "aria-label": `Compare ${session.name}`, checked: chosen.files.has(session.file) });
    box.addEventListener("change", () => {
      chosen.files[box.checked ? "add" : "delete"](session.file);
      this.#tick();
    });
    // beside the box is not yet the row, which would open the session
    const label = element("label", { class: "panda-tick-label" }, box);
    label.addEventListener("click", (event) => event.stopPropagation());
    return label;
  }

  #row(session) {
    const name = element("th", { scope: "row" });
    const row = element("tr", { "data-file": session.file }, name);
    if (session.state === "unreadable") {
      name.append(element("span", {}, session.name));
      row.append(element("td", { colspan: 4, class: "panda-small" }, session.why), cell("State", badge(session.state)), element("td"));
      return row;
    }
    const open = element("button", { type: "button", class: "panda-open" }, session.name);
    open.addEventListener("click", (event) => {
      event.stopPropagation();
      this.open(session.file);
    });
    row.addEventListener("click", () => this.open(session.file));
    row.classList.add("panda-opens");
    name.append(this.#box(session), open);
    row.append(
      cell("Data", session.data || "–"),
      cell("Iterations", whole(session.iterations), true),
      cell("Dev accuracy", percent(session.accuracy), true),
      cell("Interventions", whole(session.interventions), true),
      cell("State", badge(session.state)),
      cell("Created", when(session.created)),
    );
    return row;
  }
}

const cell = (title, content, number) => element("td", { "data-title": title, class: number ? "panda-number" : null }, content ?? "");

/** What is not known comes last, whichever way. */
function compare(a, b, down) {
  const unknown = (v) => v === null || v === undefined || v === "";
  if (unknown(a) || unknown(b)) return unknown(a) - unknown(b);
  const order = typeof a === "string" ? a.localeCompare(b, undefined, { numeric: true }) : a - b;
  return down ? -order : order;
}
