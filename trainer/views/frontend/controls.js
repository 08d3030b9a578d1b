// @ts-check
// Everything that steers the run: buttons, knobs, note, and the nudges of nudge_buttons.js. A control shows the truth unless it is being edited.

import { button, element, whenEntered, write } from "./element.js";
import { knobOf } from "./knobs.js";
import { NudgeButtons } from "./nudge_buttons.js";
import { inLabels, served } from "./served.js";
import { grouping } from "./text.js";

/** @typedef {import("./connection.js").Command} Command */
/** @typedef {import("./connection.js").Answer} Answer */
/** @typedef {import("./frames.js").Status} Status */

const DOUBLE_CLICK = 500; // milliseconds that the second click comes within
const RETEST = 3000; // milliseconds that the script may need for a search to begin
const RETESTING = "A search around these values, from a copy of this state; the run itself goes on.";

export const answerBox = () => element("p", { class: "panda-answer", role: "status" });

export class Controls {
  #ask;
  #hand;
  /** @type {{ id?: string, path?: string }} the session that is shown: an answer is of it */
  #of = {};
  #answers = 0;
  /** @type {Status} */
  #status = {};
  #changed = false; // whether there is an intervention to take back
  /** @type {Set<HTMLButtonElement>} buttons whose command is under way */
  #going = new Set();
  #knobs;
  #message = answerBox(); // of what is asked above the charts
  #verdict = answerBox(); // of Apply, below it: on a narrow screen the other one is far away
  /** @type {HTMLElement | null} where the latest answer stands */
  #answered = null;
  #pause = this.#once("Pause", { do: "pause" });
  #resume = this.#eachTime("Resume", () => ({ do: this.#over() ? "resume-session" : "resume" }));
  #stop = this.#once("Stop", { do: "stop" });
  #checkpoint = this.#eachTime("Checkpoint", () => ({ do: "checkpoint" }));
  #step = this.#eachTime("Step", () => ({ do: "run", iterations: "1" }));
  #run = this.#eachTime("Run N", () => ({ do: "run", iterations: this.#iterations.value }));
  #undo = button("Undo", () => this.#takeBack());
  #retest = button("Re-test here", () => this.#testAgain());
  #startSearch;
  #apply = button("Apply", () => this.#applyAll());
  #revert = button("Revert", () => this.#revertAll());
  #iterations = element("input", {
    type: "text",
    inputmode: "numeric",
    value: "1000",
    "aria-label": "Iterations to run",
    size: 6,
    autocomplete: "off",
  });
  #nudges;
  #note;
  #at = element("input", {
    type: "text",
    inputmode: "numeric",
    placeholder: "now",
    title: "The iteration at which it is applied; empty is now",
    size: 9,
    autocomplete: "off",
  });
  #pending = element("span", { class: "panda-pending" });
  #contents;
  transport;
  panel;

  /**
   * @param {(command: Command) => Promise<Answer>} ask
   * @param {{ said: HTMLElement, edited: (changes: Record<string, string>, later: boolean) => void }} hand learns of what
   *   is edited, and whether it is for later, and says what that would bring
   * @param {() => void} [startSearch] has the script begin a search from the present state; where there is none, such a
   *   search cannot be begun here
   */
  constructor(ask, hand, startSearch) {
    this.#ask = ask;
    this.#hand = hand;
    this.#startSearch = startSearch;
    const panel = { edited: () => this.#edited(), apply: () => this.#apply.click() };
    this.#knobs = served.knobs.map((spec) => knobOf(spec, panel));
    this.#note = element("input", {
      type: "text",
      maxlength: served.longest_note,
      placeholder: "why, for the record",
      autocomplete: "off",
    });
    this.#nudges = new NudgeButtons((command, said) => this.send(command, said), this.#note);
    whenEntered(this.#note, () => this.#apply.click());
    whenEntered(this.#at, () => this.#apply.click());
    this.#at.addEventListener("input", () => this.#edited());
    whenEntered(this.#iterations, () => this.#run.click());
    this.#stop.classList.add("panda-stop");
    this.#apply.classList.add("panda-primary");
    this.#revert.classList.add("panda-quiet");
    this.#revert.hidden = true;
    this.#undo.title = "Back to before the latest intervention, in a new run; nothing is erased";
    this.transport = this.#transport();
    this.#contents = this.#knobsAndNote();
    this.panel = element("div", { class: "panda-knobs", role: "group", "aria-label": "Hyperparameters" });
  }

  #over() {
    return served.over.includes(this.#status.state ?? "idle");
  }

  /**
   * Show what is in force.
   * @param {Status} status
   * @param {boolean} changed whether there is an intervention to take back
   */
  show(status, changed) {
    const { id, path } = status; // one that is resumed keeps its path, one whose record is written anew its id
    const another = id !== this.#of.id && path !== this.#of.path;
    if (another && this.#answered) this.#answer(this.#answered, "", "");
    this.#of = { id, path };
    this.#status = status;
    this.#changed = changed;
    const over = this.#over();
    const running = status.state === "running";
    const always = [this.#stop, this.#step, this.#run, this.#checkpoint, this.#apply, ...this.#nudges.all];
    const able = new Map(always.map((one) => [one, !over]));
    able.set(this.#undo, !over && changed && !this.#going.has(this.#undo));
    able.set(this.#pause, running);
    able.set(this.#retest, !over && !this.#going.has(this.#retest));
    const resumable = over && status.state !== "idle" && status.path !== "";
    able.set(this.#resume, status.state === "paused" || resumable);
    for (const one of [this.#pause, this.#stop]) if (!able.get(one)) this.#going.delete(one);
    this.#able(able);
    // there is nothing to turn once a run is over; its names then belong to the set-up of the next one
    if (over === this.panel.hasChildNodes()) this.panel.replaceChildren(...(over ? [] : this.#contents));
    /** @type {import("./text.js").Values} */
    const truth = { ...status.hyperparameters, learning_rate: status.learning_rate };
    for (const knob of this.#knobs) knob.show(truth[knob.spec.name]);
    if (another) this.#forgetEdits();
    this.#edited();
  }

  /**
   * Ask for something; what becomes of it is said near to where it was asked for.
   * @param {Command} command
   * @param {string} said
   * @param {HTMLElement} place
   */
  async send(command, said, place = this.#message) {
    this.#answer(place, "queued", `${said} … queued`);
    const answer = await this.#ask(command);
    this.#answers += 1;
    const refused = answer.status === "refused";
    if ("changes" in command) this.#mark(refused ? answer.text : "");
    const text = grouping(refused ? `Not done: ${inLabels(answer.text)}` : answer.text).replace(/[.]$/, "");
    this.#answer(place, answer.status, `${text}.`);
    return answer.status === "applied";
  }

  /**
   * Mark the control whose value is not allowed: a refusal begins with its name.
   * @param {string} refusal "" where nothing is refused
   */
  #mark(refusal) {
    for (const knob of this.#knobs) knob.mark(refusal.startsWith(`${knob.spec.name} `) ? inLabels(refusal) : "");
  }

  /**
   * One answer at a time, wherever the one before stands.
   * @param {HTMLElement} place
   * @param {string} status
   * @param {string} text
   */
  #answer(place, status, text) {
    const there = place.isConnected ? place : this.#message;
    if (this.#answered !== there) {
      this.#answered?.removeAttribute("data-status");
      this.#answered?.replaceChildren();
    }
    this.#answered = there;
    Object.assign(there.dataset, { status, answers: this.#answers });
    write(there, text);
  }

  #edited() {
    const dirty = this.#knobs.filter((knob) => knob.dirty);
    const n = dirty.length;
    this.#pending.textContent = n ? `${n} change${n > 1 ? "s" : ""} not applied yet` : "";
    this.#revert.hidden = !n;
    const texts = new Map(this.#knobs.map((knob) => [knob.spec.name, knob.text]));
    for (const { node, spec } of this.#knobs) {
      const { needs } = spec;
      node.hidden = needs !== null && !needs.values.includes(texts.get(needs.name) ?? "");
    }
    this.panel.dataset.dirty = dirty.map((knob) => knob.spec.name).join(" ");
    const changes = Object.fromEntries(dirty.map((knob) => [knob.spec.name, knob.text]));
    this.#hand.edited(changes, this.#at.value.trim() !== "");
  }

  async #applyAll() {
    const changed = this.#knobs.filter((knob) => knob.dirty);
    const [note, at] = [this.#note.value, this.#at.value];
    if (!changed.length && note.trim() && !at.trim()) {
      if (await this.send({ do: "note", note }, "Note", this.#verdict)) this.#note.value = "";
      return;
    }
    const sent = new Map(changed.map((knob) => [knob, knob.text]));
    const changes = Object.fromEntries(changed.map((knob) => [knob.spec.name, knob.text]));
    const later = at.trim() !== "";
    /** @type {Command} */
    const command = later ? { do: "plan", changes, at, note } : { do: "intervene", changes, note };
    if (await this.send(command, later ? "Plan" : "Apply", this.#verdict)) {
      // what is planned is not in force yet
      for (const [knob, text] of sent) if (knob.text === text) knob[later ? "revert" : "settle"]();
      if (this.#note.value === note) this.#note.value = "";
      if (this.#at.value === at) this.#at.value = "";
      this.#edited();
    }
  }

  #revertAll() {
    for (const knob of this.#knobs) knob.revert();
    this.#edited();
  }

  /** What was typed and not applied was meant for the session that was shown before. */
  #forgetEdits() {
    for (const knob of this.#knobs) if (knob.dirty) knob.revert();
    this.#note.value = this.#at.value = "";
  }

  /** Undo, once: what is on the screen is taken back, and no second click means something else. */
  async #takeBack() {
    this.#going.add(this.#undo);
    this.#able(new Map([[this.#undo, false]]));
    await this.send({ do: "undo", run: this.#status.run }, "Undo");
    this.#going.delete(this.#undo);
    this.show(this.#status, this.#changed);
  }

  /** Once: the script then shows another page, or why it was refused. */
  #testAgain() {
    this.#going.add(this.#retest);
    this.#able(new Map([[this.#retest, false]]));
    this.#startSearch?.();
    setTimeout(() => {
      this.#going.delete(this.#retest);
      this.show(this.#status, this.#changed);
    }, RETEST);
  }

  /**
   * A button that asks for something at each click.
   * @param {string} name
   * @param {() => Command} command
   */
  #eachTime(name, command) {
    return button(name, () => this.send(command(), name));
  }

  /**
   * A button that asks once: the second of two clicks is not meant as another.
   * @param {string} name
   * @param {Command} command
   */
  #once(name, command) {
    const made = button(name, async () => {
      if (this.#going.has(made)) return;
      this.#going.add(made);
      await this.send(command, name);
      setTimeout(() => this.#going.delete(made), DOUBLE_CLICK);
    });
    return made;
  }

  #transport() {
    const runs = element("span", { class: "panda-join" }, this.#run, this.#iterations);
    const does = element("span", { class: "panda-small", id: "panda-retest" }, RETESTING);
    this.#retest.setAttribute("aria-describedby", does.id);
    return element(
      "div",
      { class: "panda-transport", role: "group", "aria-label": "Run" },
      element("div", { class: "panda-row" }, this.#pause, this.#resume, this.#stop, this.#checkpoint),
      element("div", { class: "panda-row" }, this.#undo, this.#step, runs),
      this.#nudges.node,
      ...(this.#startSearch ? [element("div", { class: "panda-row panda-retest" }, this.#retest, does)] : []),
      this.#message,
    );
  }

  #knobsAndNote() {
    const nodes = (/** @type {string} */ fold) =>
      this.#knobs.filter((knob) => knob.spec.fold === fold).map((knob) => knob.node);
    const folds = new Set(this.#knobs.map((knob) => knob.spec.fold).filter(Boolean));
    const at = element("label", { class: "panda-at" }, element("span", {}, "At iteration"), this.#at);
    return [
      ...nodes(""),
      ...[...folds].map((fold) =>
        element("details", { class: "panda-more" }, element("summary", {}, fold), ...nodes(fold)),
      ),
      element("label", { class: "panda-note" }, element("span", {}, "Note"), this.#note),
      element("div", { class: "panda-row" }, this.#apply, at, this.#revert, this.#pending),
      this.#hand.said,
      this.#verdict,
    ];
  }

  /**
   * Enable and disable buttons; the focus of one that no longer can be pressed goes to Pause or Resume.
   * @param {Map<HTMLButtonElement, boolean>} wanted
   */
  #able(wanted) {
    const lost = [...wanted].some(([one, able]) => !able && document.activeElement === one);
    for (const [one, able] of wanted) if (one.disabled === able) one.disabled = !able;
    if (lost) this.focus();
  }

  focus() {
    (this.#pause.disabled ? this.#resume : this.#pause).focus();
  }
}
