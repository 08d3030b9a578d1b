// @ts-check
// The data before anything is trained on them: each column and what becomes of it, the first rows, the classes, and
// what a person should know.

import { element } from "./element.js";
import { staticView } from "./static_view.js";
import { whole } from "./text.js";

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {string} role
 * @property {string} kind
 * @property {number | null} missing
 * @property {number | null} distinct
 * @property {string} treatment what becomes of it, or why it cannot be an input
 * @property {boolean} refused
 */

/**
 * @typedef {object} Data see data_preview.py
 * @property {Column[]} columns
 * @property {number} more_columns
 * @property {string[]} names of the columns of the first rows
 * @property {string[]} roles of the same
 * @property {string[][]} rows
 * @property {number} more_across
 * @property {{ name: string, train: number, dev: number }[]} classes
 * @property {number} more_classes
 * @property {number} most training examples of one class
 * @property {number} inputs
 * @property {[number, number] | null} image height and width
 * @property {string} refusal
 * @property {string[]} warnings
 */

const COUNTS = new Set(["missing", "different", "train", "dev"]); // heads of columns of whole numbers

/** @param {Data} data */
const contents = (data) => [...told(data), ...columnsSection(data), ...rowsSection(data), ...classesSection(data)];

export default staticView("panda-preview", ["preview.css"], contents);

/** @param {Data} data */
function told({ warnings }) {
  if (!warnings.length) return [];
  const items = warnings.map((warning) => element("li", {}, warning));
  return [element("section", {}, element("h3", {}, "What to know"), element("ul", {}, ...items))];
}

/** @param {Data} data */
function columnsSection({ columns, more_columns, image, inputs }) {
  if (image) return [element("p", {}, `${whole(inputs)} inputs: images of ${image[0]} × ${image[1]} pixels.`)];
  if (!columns.length) return [];
  const counted = columns.some(({ distinct }) => distinct !== null);
  const heads = ["column", "holds", ...(counted ? ["missing", "different"] : []), "what becomes of it"];
  const body = columns.map(({ name, role, kind, missing, distinct, treatment, refused }) => {
    const cells = [
      element("th", { scope: "row" }, name),
      element("td", {}, kind),
      ...(counted ? [count("missing", missing), count("different", distinct)] : []),
      element("td", { class: refused ? "panda-becomes panda-refused" : "panda-becomes" }, treatment),
    ];
    return element("tr", { "data-role": role, "data-column": name }, ...cells);
  });
  const rest = more_columns ? [element("p", { class: "panda-small" }, `and ${whole(more_columns)} more columns`)] : [];
  return [section("Columns", table("panda-columns-table", heads, body), ...rest)];
}

/** @param {Data} data */
function rowsSection({ names, roles, rows, more_across }) {
  if (!rows.length) return [];
  const heads = names.map((name, k) => element("th", { scope: "col", "data-role": roles[k] }, name));
  const body = rows.map((row) =>
    element("tr", {}, ...row.map((cell, k) => element("td", { "data-role": roles[k] }, cell))),
  );
  const head = element("thead", {}, element("tr", {}, ...heads));
  const made = element("table", { class: "panda-first-rows" }, head, element("tbody", {}, ...body));
  const more = `and ${whole(more_across)} more columns`;
  const rest = more_across ? [element("p", { class: "panda-small" }, more)] : [];
  return [section("First rows, as they stand in the file", made, ...rest)];
}

/** @param {Data} data */
function classesSection({ classes, more_classes, most }) {
  if (!classes.length) return [];
  const body = classes.map(({ name, train, dev }) => {
    const bar = element("span", { class: "panda-bar" });
    bar.style.width = `${(100 * train) / most}%`;
    const track = element("td", { class: "panda-share" }, element("span", { class: "panda-track" }, bar));
    return element("tr", {}, element("th", { scope: "row" }, name), count("train", train), count("dev", dev), track);
  });
  const heads = ["class", "train", "dev", ""];
  const rest = more_classes ? [element("p", { class: "panda-small" }, `and ${whole(more_classes)} more classes`)] : [];
  return [section("Examples of each class", table("panda-class-counts", heads, body), ...rest)];
}

/**
 * A part of the page; what is wider than the page is scrolled, also by the keyboard.
 * @param {string} title
 * @param {HTMLTableElement} content
 * @param {...Node} rest
 */
function section(title, content, ...rest) {
  const scroll = element("div", { class: "panda-scroll", role: "region", tabindex: 0, "aria-label": title }, content);
  return element("section", {}, element("h3", {}, title), scroll, ...rest);
}

/**
 * @param {string} name
 * @param {string[]} heads
 * @param {HTMLTableRowElement[]} rows
 */
function table(name, heads, rows) {
  const cells = heads.map((head) => {
    const counts = COUNTS.has(head) ? "panda-count" : null;
    return element(head ? "th" : "td", head ? { scope: "col", class: counts } : {}, head);
  });
  return element(
    "table",
    { class: name },
    element("thead", {}, element("tr", {}, ...cells)),
    element("tbody", {}, ...rows),
  );
}

/**
 * @param {string} title
 * @param {number | null} n
 */
const count = (title, n) => element("td", { class: "panda-count", "data-title": title }, n === null ? "" : whole(n));
