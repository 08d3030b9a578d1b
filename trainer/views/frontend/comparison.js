// What is compared: a letter and a colour for every run; each can be opened, exchanged or removed, and others added.

import { loadStyle } from "./main.js";
import { badge } from "./session_head.js";
import { element } from "./text.js";

export default function mount({ data, parentElement, setTriggerValue }) {
  const root = (parentElement.panda ??= element("div", { class: "panda panda-comparison", hidden: true }));
  if (!root.isConnected) parentElement.append(root);
  const { module: _, ...shown } = data;
  const text = JSON.stringify(shown);
  if (text !== root.shown) {
    root.shown = text;
    const tell = (name, value) => setTriggerValue(name, value);
    const runs = data.runs.map((run, at) => entry(data, run, at, tell));
    const said = data.said.map((sentence) => element("li", {}, sentence));
    root.replaceChildren(element("ul", { class: "panda-compared", "aria-label": "Compared runs" }, ...runs), adding(data, tell), element("ul", { class: "panda-said" }, ...said));
    root.dataset.runs = data.runs.map((run) => run.address).join(" ");
  }
  Promise.all(["style.css", "playback.css", "comparison.css"].map(loadStyle)).then(() => (root.hidden = false));
}

function entry(data, run, at, tell) {
  const all = data.runs.map((other) => other.address);
  const title = run.letter ? `${run.letter}: ${run.name}` : run.name;
  const letter = element("span", { class: "panda-letter", "aria-hidden": "true" }, run.letter ?? "?");
  if (run.color) letter.style.backgroundColor = run.color;
  const open = element("button", { type: "button", class: "panda-open" }, run.name);
  open.addEventListener("click", () => tell("open", { file: run.file, run: run.run }));
  const name = run.state === "unreadable" ? element("span", { class: "panda-gone" }, run.name) : open;
  const which = element("select", { "aria-label": `Run of ${title}` });
  for (const [value, told] of run.runs) which.append(element("option", { value, selected: value === run.run }, told));
  if (!run.runs.some(([value]) => value === run.run)) which.prepend(element("option", { value: run.run, selected: true }, run.run || "no run"));
  which.addEventListener("change", () => tell("choose", all.with(at, `${run.file}:${which.value}`)));
  const remove = element("button", { type: "button", class: "panda-remove", "aria-label": `Remove ${title}`, title: "Remove from the comparison", disabled: all.length === 1 }, "×");
  remove.addEventListener("click", () => tell("choose", all.toSpliced(at, 1)));
  const state = ["closed", "unreadable"].includes(run.state) ? [] : [badge(run.state)];
  return element(
    "li", { "data-letter": run.letter ?? "", "data-file": run.file, "data-run": run.run },
    letter,
    element("div", { class: "panda-compared-name" }, name, ...state, element("div", { class: "panda-small" }, run.file)),
    remove,
    ...(run.runs.length ? [which] : []),
    ...(run.why ? [element("p", { class: "panda-small panda-why" }, run.why)] : []),
  );
}

/** Another session, by its latest run; which run is chosen afterwards. */
function adding(data, tell) {
  const full = data.runs.length >= data.most;
  const add = element("select", { "aria-label": "Add a session", disabled: full }, element("option", { value: "", selected: true }, full ? `${data.most} runs at most` : "choose one …"));
  for (const [file, name] of data.others) add.append(element("option", { value: file }, name));
  add.addEventListener("change", () => add.value && tell("choose", [...data.runs.map((run) => run.address), add.value]));
  return element("label", { class: "panda-choice panda-adding" }, element("span", {}, "Add a session"), add);
}
