// @ts-check
// The tables of a comparison: a row for each thing, a column for each run.

import { element } from "./element.js";
import { staticView } from "./static_view.js";

/** @typedef {{ label: string, cells: string[], best: number[] }} Row best: which cells are the best of them */
/** @typedef {{ title: string, rows: Row[], nothing?: string }} Table */
/** @typedef {{ letter: string, color: string }} Run */
/** @typedef {{ runs: Run[], tables: Table[] }} Data */

const UNBROKEN = 12; // characters of a cell that stay in one piece, such as a number or a name; the table can be scrolled

/** @param {Data} data */
const contents = ({ tables, runs }) => tables.map((table) => section(table, runs));

export default staticView("panda-tables", ["comparison.css"], contents);

/**
 * @param {Table} table
 * @param {Run[]} runs
 */
function section({ title, rows, nothing = "" }, runs) {
  if (!rows.length) return element("section", {}, element("h3", {}, title), element("p", {}, nothing));
  const head = element("tr", {}, element("td"), ...runs.map(heading));
  const body = element("tbody", {}, ...rows.map(line));
  const table = element("table", { "aria-label": title }, element("thead", {}, head), body);
  const around = { class: "panda-scroll", tabindex: "0", role: "group", "aria-label": title };
  return element("section", {}, element("h3", {}, title), element("div", around, table));
}

/** @param {Run} run */
function heading({ letter, color }) {
  const sign = element("span", { class: "panda-letter" }, letter);
  sign.style.backgroundColor = color;
  return element("th", { scope: "col" }, sign);
}

/** @param {Row} row */
function line({ label, cells, best }) {
  const shown = cells.map((cell, i) => {
    const isBest = best.includes(i);
    const looks = [cell.length <= UNBROKEN && "panda-unbroken", isBest && "panda-best"].filter(Boolean).join(" ");
    return element("td", { class: looks, title: isBest && "the best of them" }, cell);
  });
  return element("tr", { "data-label": label }, element("th", { scope: "row" }, label), ...shown);
}
