// @ts-check
// The playhead of a recorded run on the page: play, pause, speed, scrubber, steps and keys. It needs no server.

import { element } from "./element.js";
import { icon } from "./icons.js";
import { Playhead, SPEEDS, USUAL } from "./playhead.js";
import { whole } from "./text.js";

/** @typedef {import("./playhead.js").Clock} Clock */
/** @typedef {import("./playhead.js").Stop} Stop */

const SCREEN_READERS =
  "Space plays and pauses, the arrow keys step by one iteration, with Shift by one hundredth of the run.";
const NEEDS_KEYS = "input, textarea, select, [contenteditable], [role=dialog], [role=listbox], [role=tablist]";

export class Player {
  #clock;
  #moved;
  #head = new Playhead();
  playing = false;
  #tick = 0;
  #then = 0; // when the latest frame was
  #play = element("button", { type: "button", class: "panda-primary panda-play" }, "Play");
  #before = button("Previous change or note", "previous", () => this.to(this.#head.next(-1)));
  #after = button("Next change or note", "next", () => this.to(this.#head.next(1)));
  #speed = element(
    "select",
    {},
    ...Object.keys(SPEEDS).map((name) => element("option", { value: name, selected: name === USUAL }, name)),
  );
  #goto = element("input", { type: "text", inputmode: "numeric", class: "panda-goto panda-number-box" });
  #scrubber = element("input", {
    type: "range",
    min: 0,
    max: 0,
    step: 1,
    value: 0,
    "aria-label": "Iteration",
    title: SCREEN_READERS,
  });
  #ticks = element("div", { class: "panda-ticks", "aria-hidden": "true" });
  node;

  /**
   * @param {object} options
   * @param {() => Clock} options.clock
   * @param {(iteration: number, playing: boolean) => void} options.moved called whenever the playhead is elsewhere or
   *   comes to rest
   */
  constructor({ clock, moved }) {
    this.#clock = clock;
    this.#moved = moved;
    this.#play.addEventListener("click", () => this.#toggle());
    this.#scrubber.addEventListener("input", () => this.to(Number(this.#scrubber.value)));
    this.#goto.addEventListener("change", () => this.#typed());
    this.node = this.#build();
    document.addEventListener("keydown", this.#key);
  }

  destroy() {
    cancelAnimationFrame(this.#tick);
    document.removeEventListener("keydown", this.#key);
  }

  /**
   * The run is of this length, and these iterations are worth a stop, in order.
   * @param {number} first
   * @param {number} last
   * @param {Stop[]} stops
   */
  span(first, last, stops) {
    this.#head.span(first, last, stops);
    Object.assign(this.#scrubber, { min: first, max: last });
    const ticks = [...this.#head.places()].map(([percent, kind]) =>
      element("i", { "data-kind": kind, style: `left: ${percent}%` }),
    );
    this.#ticks.replaceChildren(...ticks);
    for (const one of [this.#before, this.#after]) one.disabled = !stops.length;
    this.to(this.#head.at);
  }

  get iteration() {
    return this.#head.iteration;
  }

  /**
   * Go to an iteration and rest there.
   * @param {number} iteration
   */
  to(iteration) {
    cancelAnimationFrame(this.#tick);
    this.playing = false;
    this.#label();
    this.#move(iteration);
  }

  #toggle() {
    const head = this.#head;
    if (this.playing) {
      this.to(head.iteration);
      return;
    }
    if (head.last === head.first) return;
    if (head.iteration >= head.last) head.move(head.first);
    this.playing = true;
    this.#label();
    this.#then = performance.now();
    this.#move(head.at);
    this.#tick = requestAnimationFrame((now) => this.#frame(now));
  }

  /** @param {number} now */
  #frame(now) {
    const elapsed = Math.max(0, now - this.#then) / 1000;
    this.#then = now;
    const next = this.#head.after(elapsed, this.#speed.value, this.#clock());
    if (next >= this.#head.last) {
      this.to(this.#head.last);
      return;
    }
    this.#move(next);
    this.#tick = requestAnimationFrame((later) => this.#frame(later));
  }

  /** @param {number} iteration */
  #move(iteration) {
    this.#head.move(iteration);
    const now = this.iteration;
    if (Number(this.#scrubber.value) !== now) this.#scrubber.value = String(now);
    this.#scrubber.setAttribute("aria-valuetext", `iteration ${whole(now)} of ${whole(this.#head.last)}`);
    if (document.activeElement !== this.#goto) this.#goto.value = String(now);
    this.#moved(now, this.playing);
  }

  #typed() {
    const { first, last } = this.#head;
    const typed = this.#head.typed(this.#goto.value);
    if (typed !== null) this.to(typed);
    this.#goto.setCustomValidity(typed === null ? `a whole number from ${whole(first)} to ${whole(last)}` : "");
    this.#goto.reportValidity();
  }

  /**
   * Space and arrows, unless what has the focus needs them.
   * @param {KeyboardEvent} event
   */
  #key = (event) => {
    const { key } = event;
    const target = event.target instanceof Element ? event.target : null;
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (target !== this.#scrubber && target?.closest(NEEDS_KEYS)) return;
    const pressed = target?.closest("button, a, summary");
    const by = event.shiftKey ? this.#head.hundredth : 1;
    if (key === " " && !pressed) this.#toggle();
    else if (key === "ArrowRight") this.to(this.iteration + by);
    else if (key === "ArrowLeft") this.to(this.iteration - by);
    else return;
    event.preventDefault();
  };

  #label() {
    this.#play.textContent = this.playing ? "Pause" : "Play";
    this.node.dataset.playing = String(this.playing);
  }

  #build() {
    const back = button("Back one iteration", "back", () => this.to(this.iteration - 1));
    const forth = button("Forward one iteration", "forth", () => this.to(this.iteration + 1));
    return element(
      "div",
      { class: "panda-player", role: "group", "aria-label": "Playback", "data-playing": "false" },
      element("div", { class: "panda-scrub" }, this.#ticks, this.#scrubber),
      element(
        "div",
        { class: "panda-row" },
        ...[this.#play, this.#before, back, forth, this.#after],
        element("label", { class: "panda-choice" }, element("span", {}, "Speed"), this.#speed),
        element("label", { class: "panda-choice" }, element("span", {}, "Go to"), this.#goto),
      ),
    );
  }
}

/**
 * @param {string} name
 * @param {import("./icons.js").IconName} sign
 * @param {() => void} pressed
 */
function button(name, sign, pressed) {
  const made = element("button", { type: "button", "aria-label": name, title: name }, icon(sign));
  made.addEventListener("click", pressed);
  return made;
}
