// Everything that steers the run: buttons, knobs, nudges, note. A control shows the truth unless it is being edited.

import { OVER } from "./frames.js";
import { element, full, short } from "./text.js";

const STEPS = 1000;
const DOUBLE_CLICK = 500; // milliseconds that the second click comes within

export class Controls {
  /** knobs: the specification that the page hands over; ask(wish) is a promise of an answer. */
  constructor(knobs, ask) {
    this.ask = ask;
    this.answers = 0;
    this.going = new Set(); // buttons whose wish is under way
    this.knobs = knobs.map((spec) => (spec.options ? new Choice(spec, this) : new Knob(spec, this)));
    this.message = answerBox(); // of what is asked above the charts
    this.verdict = answerBox(); // of Apply, below it: on a narrow screen the other one is far away
    this.transport = this.#transport();
    this.panel = this.#panel();
  }

  /** Show what is in force; `changed` is whether there is an intervention to take back. */
  show(status, changed) {
    Object.assign(this, { status, changed });
    const over = OVER.includes(status.state);
    const running = status.state === "running";
    const able = new Map([this.stop, this.step, this.run, this.checkpoint, this.apply, ...this.nudges].map((button) => [button, !over]));
    able.set(this.undo, !over && changed && !this.going.has(this.undo));
    able.set(this.pause, running).set(this.resume, status.state === "paused" || (over && status.state !== "idle" && status.path !== ""));
    for (const button of [this.pause, this.stop]) if (!able.get(button)) this.going.delete(button);
    this.#able(able);
    // there is nothing to turn once a run is over; its names then belong to the set-up of the next one
    if (over === this.panel.hasChildNodes()) this.panel.replaceChildren(...(over ? [] : this.contents));
    const truth = { ...status.hyperparameters, learning_rate: status.learning_rate };
    for (const knob of this.knobs) knob.show(truth[knob.name]);
    this.edited();
  }

  edited() {
    const dirty = this.knobs.filter((knob) => knob.dirty);
    const n = dirty.length;
    this.pending.textContent = n ? `${n} change${n > 1 ? "s" : ""} not applied yet` : "";
    this.revert.hidden = !n;
    const decay = this.knobs.find((knob) => knob.name === "decay");
    for (const knob of this.knobs) if (knob.name === "decay_interval") knob.node.hidden = decay.text !== "staircase";
    this.panel.dataset.dirty = dirty.map((knob) => knob.name).join(" ");
  }

  /** Ask for something; what becomes of it is told in a place near to where it was asked for. */
  async send(wish, said, place = this.message) {
    this.#tell(place, "queued", `${said} … queued`);
    const answer = await this.ask(wish);
    this.answers += 1;
    const text = answer.text.replace(/[.]$/, "");
    this.#tell(place, answer.status, answer.status === "refused" ? `Not done: ${text}.` : `${text}.`);
    return answer.status === "applied";
  }

  /** One answer at a time, wherever the one before was told. */
  #tell(place, status, text) {
    const there = place.isConnected ? place : this.message;
    if (this.told !== there) {
      this.told?.removeAttribute("data-status");
      this.told?.replaceChildren();
    }
    this.told = there;
    Object.assign(there.dataset, { status, answers: this.answers });
    there.textContent = text;
  }

  async applyAll() {
    const changed = this.knobs.filter((knob) => knob.dirty);
    const note = this.note.value;
    if (!changed.length && note.trim()) {
      if (await this.send({ do: "note", note }, "Note", this.verdict)) this.note.value = "";
      return;
    }
    const sent = new Map(changed.map((knob) => [knob, knob.text]));
    const changes = Object.fromEntries(changed.map((knob) => [knob.name, knob.text]));
    if (await this.send({ do: "intervene", changes, note }, "Apply", this.verdict)) {
      for (const [knob, text] of sent) if (knob.text === text) knob.settle();
      if (this.note.value === note) this.note.value = "";
      this.edited();
    }
  }

  /** Ask once: the second of two clicks is no wish of its own. */
  async #once(button, wish, said) {
    if (this.going.has(button)) return;
    this.going.add(button);
    await this.send(wish, said);
    setTimeout(() => this.going.delete(button), DOUBLE_CLICK);
  }

  /** Undo, once: what is on the screen is taken back, and no second click means something else. */
  async #takeBack() {
    this.going.add(this.undo);
    this.#able(new Map([[this.undo, false]]));
    await this.send({ do: "undo", run: this.status.run }, "Undo");
    this.going.delete(this.undo);
    this.show(this.status, this.changed);
  }

  async #nudge(factor) {
    const note = this.note.value;
    if ((await this.send({ do: "nudge", factor, note }, `α ${factor}`)) && this.note.value === note) this.note.value = "";
  }

  #transport() {
    const command = (name, wish) => {
      const button = element("button", { type: "button" }, name);
      button.addEventListener("click", () => !button.disabled && this.send(typeof wish === "function" ? wish() : wish, name));
      return button;
    };
    const once = (name, wish) => {
      const button = element("button", { type: "button" }, name);
      button.addEventListener("click", () => !button.disabled && this.#once(button, wish, name));
      return button;
    };
    this.pause = once("Pause", { do: "pause" });
    this.resume = command("Resume", { do: "resume" });
    this.stop = once("Stop", { do: "stop" });
    this.checkpoint = command("Checkpoint", { do: "checkpoint" });
    this.undo = element("button", { type: "button" }, "Undo");
    this.undo.addEventListener("click", () => !this.undo.disabled && this.#takeBack());
    this.undo.title = "Back to before the latest intervention, in a new run; nothing is erased";
    this.step = command("Step", { do: "run", iterations: "1" });
    this.iterations = element("input", { type: "text", inputmode: "numeric", value: "1000", "aria-label": "Iterations to run", size: 6, autocomplete: "off" });
    this.run = command("Run N", () => ({ do: "run", iterations: this.iterations.value }));
    this.iterations.addEventListener("keydown", (e) => e.key === "Enter" && this.run.click());
    this.stop.classList.add("panda-stop");
    this.nudges = ["÷3", "÷1.1", "×1.1", "×3"].map((factor) => {
      const button = element("button", { type: "button" }, factor);
      button.addEventListener("click", () => !button.disabled && this.#nudge(factor));
      return button;
    });
    return element(
      "div", { class: "panda-transport", role: "group", "aria-label": "Run" },
      element("div", { class: "panda-row" }, this.pause, this.resume, this.stop, this.checkpoint),
      element("div", { class: "panda-row" }, this.undo, this.step, element("span", { class: "panda-join" }, this.run, this.iterations)),
      element("div", { class: "panda-nudges", role: "group", "aria-label": "Nudge α, at once" }, element("span", { "aria-hidden": "true" }, "α"), ...this.nudges),
      this.message,
    );
  }

  #panel() {
    const more = this.knobs.filter((knob) => knob.spec.more);
    const main = this.knobs.filter((knob) => !knob.spec.more);
    this.note = element("input", { type: "text", maxlength: 2000, placeholder: "why, for the record", autocomplete: "off" });
    this.note.addEventListener("keydown", (e) => e.key === "Enter" && this.applyAll());
    this.apply = element("button", { type: "button", class: "panda-primary" }, "Apply");
    this.apply.addEventListener("click", () => !this.apply.disabled && this.applyAll());
    this.pending = element("span", { class: "panda-pending" });
    this.revert = element("button", { type: "button", class: "panda-quiet", hidden: true }, "Revert");
    this.revert.addEventListener("click", () => {
      for (const knob of this.knobs) knob.revert();
      this.edited();
    });
    this.contents = [
      ...main.map((knob) => knob.node),
      element("details", { class: "panda-more" }, element("summary", {}, "More"), ...more.map((knob) => knob.node)),
      element("label", { class: "panda-note" }, element("span", {}, "Note"), this.note),
      element("div", { class: "panda-row" }, this.apply, this.revert, this.pending),
      this.verdict,
    ];
    return element("div", { class: "panda-knobs", role: "group", "aria-label": "Hyperparameters" });
  }

  /** Enable and disable buttons; the focus of one that no longer can be pressed goes to Pause or Resume. */
  #able(wanted) {
    const lost = [...wanted].some(([button, able]) => !able && document.activeElement === button);
    for (const [button, able] of wanted) if (button.disabled === able) button.disabled = !able;
    if (lost) (this.pause.disabled ? this.resume : this.pause).focus();
  }
}

const WIDTH = 10; // characters that a knob's box has room for

/** A number in full, or what of it fits into a knob's box. */
function fitting(value) {
  const text = full(value);
  return text.length > WIDTH ? short(value, WIDTH - 4) : text;
}

export const answerBox = () => element("p", { class: "panda-answer", role: "status" });

/** A text box that takes any number, and a slider on the right scale. Nothing is written before Apply or Enter. */
class Knob {
  constructor(spec, controls) {
    Object.assign(this, { spec, name: spec.name, controls, dirty: false, truth: undefined });
    this.box = element("input", { type: "text", inputmode: "decimal", "aria-label": spec.label, autocomplete: "off", spellcheck: "false", size: 9 });
    this.slider = element("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": `${spec.symbol}, ${spec.kind} scale` });
    this.node = element("div", { class: "panda-knob", "data-knob": spec.name }, element("span", { class: "panda-label", "aria-hidden": "true" }, spec.label), this.box, this.slider);
    this.box.addEventListener("input", () => this.#edit());
    this.slider.addEventListener("input", () => {
      this.box.value = short(this.#fromSlider(), 3);
      this.#edit(false);
    });
    for (const input of [this.box, this.slider]) {
      input.addEventListener("keydown", (e) => {
        if (e.key === "Enter" && !controls.apply.disabled) controls.applyAll();
        if (e.key === "Escape") {
          this.revert();
          controls.edited();
        }
      });
      input.addEventListener("blur", () => this.show(this.truth));
    }
  }

  get text() {
    return this.box.value;
  }

  show(truth) {
    this.truth = truth;
    if (truth === undefined || truth === null || this.dirty || document.activeElement === this.box || document.activeElement === this.slider) return;
    const text = fitting(truth);
    if (this.box.value !== text) this.box.value = text;
    this.box.title = full(truth);
    this.#toSlider(truth);
  }

  revert() {
    this.settle();
    this.box.value = fitting(this.truth);
    this.#toSlider(this.truth);
  }

  settle() {
    this.dirty = false;
    this.node.classList.remove("panda-dirty");
  }

  #edit(moveSlider = true) {
    this.dirty = this.box.value.trim() !== fitting(this.truth);
    this.node.classList.toggle("panda-dirty", this.dirty);
    if (moveSlider && Number.isFinite(Number(this.box.value))) this.#toSlider(Number(this.box.value));
    this.controls.edited();
  }

  #toSlider(value) {
    this.slider.value = Math.round(STEPS * toUnit(this.spec, value));
    this.slider.setAttribute("aria-valuetext", short(value));
  }

  #fromSlider() {
    return fromUnit(this.spec, Number(this.slider.value) / STEPS);
  }
}

/** A choice of names; also nothing before Apply. */
class Choice {
  constructor(spec, controls) {
    Object.assign(this, { spec, name: spec.name, dirty: false, truth: undefined });
    this.select = element("select", { "aria-label": spec.label }, ...spec.options.map((o) => element("option", { value: o }, o)));
    this.node = element("div", { class: "panda-knob panda-choose", "data-knob": spec.name }, element("span", { class: "panda-label", "aria-hidden": "true" }, spec.label), this.select);
    this.select.addEventListener("change", () => {
      this.dirty = this.select.value !== this.truth;
      this.node.classList.toggle("panda-dirty", this.dirty);
      controls.edited();
    });
  }

  get text() {
    return this.select.value;
  }

  show(truth) {
    this.truth = truth;
    if (!this.dirty && truth !== undefined && document.activeElement !== this.select) this.select.value = truth;
  }

  revert() {
    this.settle();
    this.select.value = this.truth;
  }

  settle() {
    this.dirty = false;
    this.node.classList.remove("panda-dirty");
  }
}

// Where a value sits on a knob, and back: as `Scale` in scales.py. The leftmost place of a log knob that may be off is 0.
function toUnit({ kind, low, high, off }, value) {
  if (off && value <= 0) return 0;
  const v = Math.min(Math.max(value, low), high);
  if (kind === "log") return Math.log(v / low) / Math.log(high / low);
  if (kind === "1-log") return Math.log((1 - v) / (1 - low)) / Math.log((1 - high) / (1 - low));
  return (v - low) / (high - low);
}

function fromUnit({ kind, low, high, whole, off }, r) {
  if (off && r === 0) return 0;
  let value = low + r * (high - low);
  if (kind === "log") value = low * (high / low) ** r;
  if (kind === "1-log") value = 1 - (1 - low) * ((1 - high) / (1 - low)) ** r;
  return whole ? Math.round(value) : value;
}
