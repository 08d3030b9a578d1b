// @ts-check
// What is said of an opened session above its curve; and how the state and the date of a session are written.

import { element } from "./element.js";
import { staticView } from "./static_view.js";

/** @typedef {[label: string, value: string | Node]} Fact */

/**
 * @typedef {object} Data
 * @property {string} name
 * @property {string} state
 * @property {string} said about its state; "" where there is nothing to say
 * @property {string[]} damage
 * @property {number} more_damage
 * @property {string} created
 * @property {Fact[]} facts
 * @property {Fact[]} more
 * @property {Fact[]} columns of the data, and what became of each
 * @property {{ author: string, text: string, time: string }[]} notes
 */

/** @param {string} state */
export const badge = (state) => element("span", { class: "panda-badge", "data-state": state }, state);

/**
 * A moment in the reader's own time zone.
 * @param {string} iso
 */
export function when(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso || "unknown";
  const text = date.toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
  return element("time", { datetime: iso, title: iso }, text);
}

/**
 * @param {Data} data
 * @param {HTMLElement} root
 */
function contents(data, root) {
  const open = [...root.querySelectorAll("details")].filter((one) => one.open).map((one) => one.dataset.title ?? "");
  const folded = [
    foldedAway("Config, environment and file", data.more, open),
    ...(data.columns.length ? [foldedAway("Columns of the data, and what became of each", data.columns, open)] : []),
  ];
  const title = element("div", { class: "panda-title" }, element("h2", {}, data.name), badge(data.state));
  const happened = facts([...data.facts, ["Created", when(data.created)]]);
  Object.assign(root.dataset, { state: data.state, name: data.name, notes: data.notes.length });
  return [title, ...banner(data), happened, ...data.notes.map(remark), ...folded];
}

/**
 * Open where it was open before.
 * @param {string} title
 * @param {Fact[]} pairs
 * @param {string[]} open titles of those that were
 */
function foldedAway(title, pairs, open) {
  const attributes = { class: "panda-more-facts", "data-title": title, open: open.includes(title) };
  return element("details", attributes, element("summary", {}, title), facts(pairs));
}

export default staticView("panda-head", ["playback.css"], contents);

/** @param {Data} data */
function banner({ said, damage, more_damage, state }) {
  if (!said) return [];
  const items = [...damage, ...(more_damage ? [`and ${more_damage} more`] : [])].map((what) => element("li", {}, what));
  const list = items.length ? [element("ul", {}, ...items)] : [];
  const kind = { damaged: "bad", recording: "calm" }[state] ?? "warn";
  return [element("div", { class: "panda-banner", "data-kind": kind }, said, ...list)];
}

/** @param {Data["notes"][number]} note */
function remark({ author, text, time }) {
  const signed = element("span", { class: "panda-small" }, ` ${author}, `, when(time));
  return element("p", { class: "panda-remark" }, element("q", {}, text), signed);
}

/** @param {Fact[]} pairs */
function facts(pairs) {
  const entries = pairs.map(([label, value]) => element("div", {}, element("dt", {}, label), element("dd", {}, value)));
  return element("dl", { class: "panda-facts" }, ...entries);
}
