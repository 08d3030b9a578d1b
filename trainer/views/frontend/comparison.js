// @ts-check
// What is compared: a letter and a colour for every run; each can be opened, exchanged or removed, and others added.

import { element } from "./element.js";
import { badge } from "./session_head.js";
import { staticView } from "./static_view.js";

/**
 * @typedef {object} Run
 * @property {string} address
 * @property {string} file
 * @property {string} run
 * @property {string} name
 * @property {[name: string, description: string][]} runs that it can be exchanged for
 * @property {string} state
 * @property {string} [why] it cannot be compared or drawn
 * @property {string} [letter] where it is compared
 * @property {string} [color]
 */

/**
 * @typedef {object} Data
 * @property {Run[]} runs
 * @property {[file: string, name: string][]} others that can be added
 * @property {number} most that are compared at a time
 * @property {string[]} said
 */

/** @typedef {import("./main.js").Tell} Tell */

/**
 * @param {Data} data
 * @param {HTMLElement} root
 * @param {Tell} tell
 */
function contents(data, root, tell) {
  const runs = data.runs.map((run, at) => entry(data, run, at, tell));
  const said = data.said.map((sentence) => element("li", {}, sentence));
  root.dataset.runs = data.runs.map((run) => run.address).join(" ");
  return [
    element("ul", { class: "panda-compared", "aria-label": "Compared runs" }, ...runs),
    adding(data, tell),
    element("ul", { class: "panda-said" }, ...said),
  ];
}

export default staticView("panda-comparison", ["playback.css", "comparison.css"], contents);

/**
 * @param {Data} data
 * @param {Run} run
 * @param {number} at its number
 * @param {Tell} tell
 */
function entry({ runs }, run, at, tell) {
  const all = runs.map((other) => other.address);
  const title = run.letter ? `${run.letter}: ${run.name}` : run.name;
  const letter = element("span", { class: "panda-letter", "aria-hidden": "true" }, run.letter ?? "?");
  if (run.color) letter.style.backgroundColor = run.color;
  const open = element("button", { type: "button", class: "panda-open" }, run.name);
  open.addEventListener("click", () => tell("open", { file: run.file, run: run.run }));
  const name = run.state === "unreadable" ? element("span", { class: "panda-gone" }, run.name) : open;
  const state = ["closed", "unreadable"].includes(run.state) ? [] : [badge(run.state)];
  const remove = element(
    "button",
    {
      type: "button",
      class: "panda-remove",
      "aria-label": `Remove ${title}`,
      title: "Remove from the comparison",
      disabled: all.length === 1,
    },
    "×",
  );
  remove.addEventListener("click", () => tell("choose", all.toSpliced(at, 1)));
  const exchanged = (/** @type {string} */ other) => tell("choose", all.with(at, `${run.file}:${other}`));
  return element(
    "li",
    { "data-letter": run.letter ?? "", "data-file": run.file, "data-run": run.run },
    letter,
    element(
      "div",
      { class: "panda-compared-name" },
      name,
      ...state,
      element("div", { class: "panda-small" }, run.file),
    ),
    remove,
    ...(run.runs.length ? [whichRun(run, title, exchanged)] : []),
    ...(run.why ? [element("p", { class: "panda-small panda-why" }, run.why)] : []),
  );
}

/**
 * The runs of a session, of which another can be chosen.
 * @param {Run} run
 * @param {string} title
 * @param {(run: string) => void} chosen
 */
function whichRun(run, title, chosen) {
  const which = element("select", { "aria-label": `Run of ${title}` });
  for (const [value, description] of run.runs) {
    which.append(element("option", { value, selected: value === run.run }, description));
  }
  if (!run.runs.some(([value]) => value === run.run)) {
    which.prepend(element("option", { value: run.run, selected: true }, run.run || "no run"));
  }
  which.addEventListener("change", () => chosen(which.value));
  return which;
}

/**
 * Another session, by its latest run; which run is chosen afterwards.
 * @param {Data} data
 * @param {Tell} tell
 */
function adding({ runs, others, most }, tell) {
  const full = runs.length >= most;
  const invitation = full ? `${most} runs at most` : "choose one …";
  const add = element(
    "select",
    { "aria-label": "Add a session", disabled: full },
    element("option", { value: "", selected: true }, invitation),
    ...others.map(([file, name]) => element("option", { value: file }, name)),
  );
  add.addEventListener("change", () => {
    if (add.value) tell("choose", [...runs.map((run) => run.address), add.value]);
  });
  return element("label", { class: "panda-choice panda-adding" }, element("span", {}, "Add a session"), add);
}
