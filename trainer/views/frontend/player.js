// The playhead of a recorded run and what moves it: play, pause, speed, scrubber, steps and keys. It asks nobody.

import { element, whole } from "./text.js";

const SPEEDS = {
  "real time": { times: 1 },
  "10 × real time": { times: 10 },
  "all in 60 s": { seconds: 60 },
  "all in 20 s": { seconds: 20 },
  "all in 5 s": { seconds: 5 },
};
const USUAL = "all in 20 s";
const SCREEN_READERS = "Space plays and pauses, the arrow keys step by one iteration, with Shift by one hundredth of the run.";

export class Player {
  /**
   * first, last: iterations; clock(): functions from iterations to seconds of training and back;
   * moved(iteration, playing) is called whenever the playhead is elsewhere or comes to rest.
   */
  constructor({ clock, moved }) {
    Object.assign(this, { clock, moved, first: 0, last: 0, at: 0, playing: false, stops: [] });
    this.node = this.#build();
    this.keys = (event) => this.#key(event);
    document.addEventListener("keydown", this.keys);
  }

  destroy() {
    cancelAnimationFrame(this.tick);
    document.removeEventListener("keydown", this.keys);
  }

  /** The run is this long, and these iterations are worth a stop: [{iteration, kind}], in order. */
  span(first, last, stops) {
    const atEnd = this.at === this.last;
    Object.assign(this, { first, last, stops });
    Object.assign(this.scrubber, { min: first, max: last });
    const wide = Math.max(1, last - first);
    const places = new Map(stops.map(({ iteration, kind }) => [Math.round((500 * (iteration - first)) / wide) / 5, kind]));
    this.ticks.replaceChildren(
      ...[...places].map(([percent, kind]) => element("i", { "data-kind": kind, style: `left: ${percent}%` })),
    );
    for (const button of [this.before, this.after]) button.disabled = !stops.length;
    this.to(atEnd ? last : this.at);
  }

  get iteration() {
    return Math.floor(this.at);
  }

  /** Go to an iteration and rest there. */
  to(iteration) {
    this.#stop();
    this.#move(iteration);
  }

  toggle() {
    if (this.playing) {
      this.to(this.iteration);
      return;
    }
    if (this.last === this.first) return;
    if (this.iteration >= this.last) this.at = this.first;
    this.playing = true;
    this.#label();
    this.then = performance.now();
    this.#move(this.at);
    this.tick = requestAnimationFrame((now) => this.#frame(now));
  }

  #stop() {
    cancelAnimationFrame(this.tick);
    this.playing = false;
    this.#label();
  }

  #frame(now) {
    const elapsed = Math.max(0, now - this.then) / 1000;
    this.then = now;
    const next = this.#after(elapsed);
    if (next >= this.last) {
      this.to(this.last);
      return;
    }
    this.#move(next);
    this.tick = requestAnimationFrame((later) => this.#frame(later));
  }

  #after(elapsed) {
    const { times, seconds } = SPEEDS[this.speed.value];
    if (seconds) return this.at + (elapsed / seconds) * (this.last - this.first);
    const { toSeconds, toIteration } = this.clock();
    return Math.max(this.at, toIteration(toSeconds(this.at) + times * elapsed));
  }

  #move(iteration) {
    this.at = Math.min(Math.max(iteration, this.first), this.last);
    const now = this.iteration;
    if (Number(this.scrubber.value) !== now) this.scrubber.value = now;
    this.scrubber.setAttribute("aria-valuetext", `iteration ${whole(now)} of ${whole(this.last)}`);
    if (document.activeElement !== this.goto) this.goto.value = now;
    this.moved(now, this.playing);
  }

  #step(by) {
    this.to(this.iteration + by);
  }

  #jump(direction) {
    const here = this.iteration;
    const iterations = this.stops.map((stop) => stop.iteration);
    const found = direction > 0 ? iterations.find((t) => t > here) : iterations.findLast((t) => t < here);
    this.to(found ?? (direction > 0 ? this.last : this.first));
  }

  /** Space and arrows, unless whoever has the focus needs them. */
  #key(event) {
    const { target, key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const mine = target === this.scrubber;
    if (!mine && target.closest?.("input, textarea, select, [contenteditable], [role=dialog], [role=listbox], [role=tablist]")) return;
    const pressed = target.closest?.("button, a, summary");
    const hundredth = Math.max(1, Math.round((this.last - this.first) / 100));
    const by = event.shiftKey ? hundredth : 1;
    if (key === " " && !pressed) this.toggle();
    else if (key === "ArrowRight") this.#step(by);
    else if (key === "ArrowLeft") this.#step(-by);
    else return;
    event.preventDefault();
  }

  #label() {
    this.play.textContent = this.playing ? "Pause" : "Play";
    this.node.dataset.playing = this.playing;
  }

  #build() {
    const button = (name, sign, does, more = {}) => {
      const node = element("button", { type: "button", "aria-label": name, title: name, ...more }, sign);
      node.addEventListener("click", does);
      return node;
    };
    this.play = element("button", { type: "button", class: "panda-primary panda-play" }, "Play");
    this.play.addEventListener("click", () => this.toggle());
    this.before = button("Previous change or note", "⏮", () => this.#jump(-1));
    this.after = button("Next change or note", "⏭", () => this.#jump(1));
    const back = button("Back one iteration", "‹", () => this.#step(-1));
    const forth = button("Forward one iteration", "›", () => this.#step(1));
    this.speed = element("select", {}, ...Object.keys(SPEEDS).map((name) => element("option", { value: name, selected: name === USUAL }, name)));
    this.goto = element("input", { type: "text", inputmode: "numeric", class: "panda-goto" });
    this.goto.addEventListener("change", () => {
      const wish = Number(this.goto.value.replaceAll(",", "").trim() || "x");
      if (Number.isInteger(wish) && wish >= this.first && wish <= this.last) this.to(wish);
      this.goto.setCustomValidity(wish === this.iteration ? "" : `a whole number from ${this.first} to ${this.last}`);
      this.goto.reportValidity();
    });
    this.scrubber = element("input", { type: "range", min: 0, max: 0, step: 1, value: 0, "aria-label": "Iteration", title: SCREEN_READERS });
    this.scrubber.addEventListener("input", () => this.to(Number(this.scrubber.value)));
    this.ticks = element("div", { class: "panda-ticks", "aria-hidden": "true" });
    return element(
      "div", { class: "panda-player", role: "group", "aria-label": "Playback", "data-playing": "false" },
      element("div", { class: "panda-scrub" }, this.ticks, this.scrubber),
      element(
        "div", { class: "panda-row" },
        this.play, this.before, back, forth, this.after,
        element("label", { class: "panda-choice" }, element("span", {}, "Speed"), this.speed),
        element("label", { class: "panda-choice" }, element("span", {}, "Go to"), this.goto),
      ),
    );
  }
}
