// What is told of an opened session above its curve; and how the state and the date of a session are written.

import { loadStyle } from "./main.js";
import { element } from "./text.js";

const WORDS = { recording: "recording", closed: "closed", cut: "cut", damaged: "damaged", unreadable: "unreadable" };

export const badge = (state) => element("span", { class: "panda-badge", "data-state": state }, WORDS[state] ?? state);

/** A moment in the reader's own time zone. */
export function when(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso || "unknown";
  const text = date.toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  return element("time", { datetime: iso, title: iso }, text);
}

export default function mount({ data, parentElement }) {
  const root = (parentElement.panda ??= element("div", { class: "panda panda-head", hidden: true }));
  if (!root.isConnected) parentElement.append(root);
  const { module: _, ...shown } = data;
  const text = JSON.stringify(shown);
  if (text !== root.shown) {
    const open = root.querySelector("details")?.open;
    root.replaceChildren(...parts(data, open));
    root.shown = text;
    Object.assign(root.dataset, { state: data.state, name: data.name, notes: data.notes.length });
  }
  Promise.all([loadStyle(), loadStyle("playback.css")]).then(() => (root.hidden = false));
}

function parts(data, open) {
  const shown = [element("div", { class: "panda-title" }, element("h2", {}, data.name), badge(data.state))];
  if (data.said) {
    const damage = data.damage.map((what) => element("li", {}, what));
    if (data.more_damage) damage.push(element("li", {}, `and ${data.more_damage} more`));
    const kind = { damaged: "bad", recording: "calm" }[data.state] ?? "warn";
    shown.push(element("div", { class: "panda-banner", "data-kind": kind }, data.said, ...(damage.length ? [element("ul", {}, ...damage)] : [])));
  }
  shown.push(facts([...data.facts, ["Created", when(data.created)]]));
  for (const note of data.notes) {
    shown.push(element("p", { class: "panda-remark" }, element("q", {}, note.text), element("span", { class: "panda-small" }, ` ${note.author}, `, when(note.time))));
  }
  shown.push(element("details", { class: "panda-more-facts", open }, element("summary", {}, "Config, environment and file"), facts(data.more)));
  return shown;
}

const facts = (pairs) => element("dl", { class: "panda-facts" }, ...pairs.map(([label, value]) => element("div", {}, element("dt", {}, label), element("dd", {}, value))));
