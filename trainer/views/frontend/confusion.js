// @ts-check
// What the dev examples of each class were taken for: the accuracy, the recall of each class, the confusion matrix; of
// many classes, those with the lowest recall and the most frequent mistakes.

import { element } from "./element.js";
import { percent, whole } from "./text.js";

/**
 * @typedef {object} Confusion see pictures.py
 * @property {string[]} classes
 * @property {number} accuracy
 * @property {(number | null)[]} recall of each class; null where it has no dev example
 * @property {number[][] | null} confusion null where there are too many classes to draw it
 * @property {[number, number, number][]} mistakes class, what it was taken for, how often; the most frequent ones
 * @property {number} examples of the dev set
 * @property {number} looked_at how many of them
 */

const MOST_ROWS = 12;
const MOST_NAMED = 5;
const NONE = "No mistakes: every dev example that was looked at is taken for its class.";

/** @param {Confusion} told */
export function confusionView(told) {
  const known = told.recall.filter((recall) => recall !== null);
  const mean = known.reduce((sum, recall) => sum + recall, 0) / known.length;
  const accuracy = `accuracy ${percent(told.accuracy)}, mean recall of the classes ${percent(mean)}`;
  const lines = [accuracy, unknown(told)].filter(Boolean).map((text) => element("p", { class: "panda-small" }, text));
  if (told.confusion) return [...lines, matrix(told.confusion, told.classes, told.recall)];
  if (!told.mistakes.length) return [...lines, element("p", { class: "panda-small" }, NONE)];
  return [...lines, lowest(told.recall, told.classes), mistakes(told.mistakes, told.classes)];
}

/**
 * Why the recall of some classes is not told.
 * @param {Confusion} told
 */
function unknown({ recall, classes, examples, looked_at }) {
  const none = classes.filter((_, k) => recall[k] === null);
  if (!none.length) return "";
  const names = none.slice(0, MOST_NAMED).join(", ") + (none.length > MOST_NAMED ? " …" : "");
  const why = looked_at < examples ? "of which no dev example was looked at" : "which have no dev example";
  return `no recall (–) of ${whole(none.length)} of ${whole(classes.length)} classes, ${why}: ${names}`;
}

/**
 * @param {number[][]} rows examples of a class by what they were taken for
 * @param {string[]} classes
 * @param {(number | null)[]} recall
 */
function matrix(rows, classes, recall) {
  const most = Math.max(...rows.flat());
  const heads = [...classes, "recall"].map((name) => element("th", { scope: "col", title: name }, name));
  const body = rows.map((row, i) => {
    const cells = row.map((n, j) => {
      const cell = element("td", { class: i === j ? "panda-right" : "panda-wrong" }, n ? String(n) : "·");
      // with more colour the number on it would have a contrast below 4.5 in the dark
      cell.style.setProperty("--panda-share", n ? `${Math.round(12 + (42 * n) / most)}%` : "0%");
      return cell;
    });
    const name = element("th", { scope: "row", title: classes[i] }, classes[i]);
    return element("tr", {}, name, ...cells, element("td", {}, shown(recall[i])));
  });
  return table("panda-confusion", heads, body);
}

/**
 * @param {(number | null)[]} recall
 * @param {string[]} classes
 */
function lowest(recall, classes) {
  const order = classes.map((_, k) => k).filter((k) => Number(recall[k] ?? 1) < 1);
  order.sort((a, b) => Number(recall[a]) - Number(recall[b]));
  const rows = order.slice(0, MOST_ROWS).map((k) => row(classes[k], shown(recall[k])));
  return listed(`Lowest recall of ${whole(classes.length)} classes`, ["class", "recall"], rows);
}

/**
 * @param {[number, number, number][]} told
 * @param {string[]} classes
 */
function mistakes(told, classes) {
  const rows = told.map(([is, taken, n]) => row(classes[is], classes[taken], whole(n)));
  return listed("Most frequent mistakes", ["class", "taken for", "times"], rows);
}

/**
 * @param {string} caption
 * @param {string[]} names
 * @param {HTMLTableRowElement[]} rows
 */
function listed(caption, names, rows) {
  const heads = names.map((name) => element("th", { scope: "col" }, name));
  const made = table("panda-classes", heads, rows);
  made.prepend(element("caption", {}, caption));
  return made;
}

/** @param {...string} cells the first one names the row */
const row = (...cells) =>
  element(
    "tr",
    {},
    ...cells.map((text, k) => element(k ? "td" : "th", k ? { title: text } : { scope: "row", title: text }, text)),
  );

/**
 * @param {string} name
 * @param {HTMLTableCellElement[]} heads
 * @param {HTMLTableRowElement[]} rows
 */
function table(name, heads, rows) {
  const corner = name === "panda-confusion" ? [element("td")] : [];
  const head = element("thead", {}, element("tr", {}, ...corner, ...heads));
  return element("table", { class: name }, head, element("tbody", {}, ...rows));
}

/** @param {number | null} recall */
const shown = (recall) => (recall === null ? "–" : percent(recall));
