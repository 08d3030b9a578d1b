// The tables of a comparison: a row for each thing, a column for each run.

import { loadStyle } from "./main.js";
import { element } from "./text.js";

const UNBROKEN = 12;

export default function mount({ data, parentElement }) {
  const root = (parentElement.panda ??= element("div", { class: "panda panda-tables", hidden: true }));
  if (!root.isConnected) parentElement.append(root);
  const { module: _, ...shown } = data;
  const text = JSON.stringify(shown);
  if (text !== root.shown) {
    root.shown = text;
    root.replaceChildren(...data.tables.map((table) => section(table, data.runs)));
  }
  Promise.all(["style.css", "comparison.css"].map(loadStyle)).then(() => (root.hidden = false));
}

/** What is short, such as a number or a name, stays in one piece; the table can be scrolled. */
const looks = (cell, best) => [cell.length <= UNBROKEN && "panda-unbroken", best && "panda-best"].filter(Boolean).join(" ");

function section({ title, rows, nothing }, runs) {
  if (!rows.length) return element("section", {}, element("h3", {}, title), element("p", {}, nothing));
  const letters = runs.map(({ letter, color }) => {
    const sign = element("span", { class: "panda-letter" }, letter);
    sign.style.backgroundColor = color;
    return element("th", { scope: "col" }, sign);
  });
  const lines = rows.map(({ label, cells, best }) =>
    element(
      "tr", { "data-label": label },
      element("th", { scope: "row" }, label),
      ...cells.map((cell, i) => element("td", { class: looks(cell, best.includes(i)), title: best.includes(i) && "the best of them" }, cell)),
    ),
  );
  const table = element("table", { "aria-label": title }, element("thead", {}, element("tr", {}, element("td"), ...letters)), element("tbody", {}, ...lines));
  return element("section", {}, element("h3", {}, title), element("div", { class: "panda-scroll", tabindex: "0", role: "group", "aria-label": title }, table));
}
