// @ts-check
// The speed limit in the chart of α: while it is ticked, the largest stable α is measured anew every few seconds.

import { isDue, restedAfter } from "./again.js";
import { element, write } from "./element.js";
import { endedAt, withLimit } from "./rate_marks.js";
import { grouping, whole } from "./text.js";

const WHAT =
  "The largest stable α of the optimizer in force, in the chart of α, measured anew every few seconds. An estimate: by " +
  "the largest curvature λ over the coming mini-batches, each with its own batch-norm statistics. Gradient descent " +
  "2/λ, momentum 2(1+β)/((1−β)λ), RMSprop and Adam with the preconditioned λ (J. Cohen et al., 2021 and 2022). Training " +
  "goes on above it for a while.";

export class SpeedLimit {
  #about;
  #changed;
  #ticked = element("input", { type: "checkbox" });
  /** @type {AbortController | null} while it is asked for */
  #asked = null;
  #askedOf = ""; // where the run was, and what it had, when it was asked for last
  #rested = 0; // when it may be again, in milliseconds of the page
  #known = 0; // interventions, when what is shown was asked for
  node = element("label", { class: "panda-check", title: WHAT }, this.#ticked, "Speed limit");
  said = element("p", { class: "panda-small" });

  /**
   * @param {import("./live.js").About} about
   * @param {() => void} changed the charts are to be drawn again
   */
  constructor(about, changed) {
    this.#about = about;
    this.#changed = changed;
    this.#ticked.addEventListener("change", () => (this.#ticked.checked ? this.show() : this.leave()));
  }

  destroy() {
    this.#asked?.abort();
  }

  /** There is news of the run. */
  show() {
    const { status, now, run, interventions } = this.#about.curve;
    const of = [status.id, run, now.iteration, interventions.length].join();
    this.#endAtAChange();
    this.#ticked.disabled = Boolean(status.not_ahead);
    if (status.not_ahead || !this.#ticked.checked || this.#asked || document.hidden || !this.node.offsetParent) return;
    const due = status.state === "paused" || isDue(status.state, performance.now(), this.#rested, 0);
    if (of === this.#askedOf || !due) return;
    this.#askedOf = of;
    this.#ask();
  }

  /**
   * One more was measured.
   * @param {import("./rate_marks.js").Limit} limit
   * @param {number} known interventions, when it was asked for
   */
  add(limit, known) {
    const { curve } = this.#about;
    curve.limits = withLimit(curve.limits, limit);
    this.#known = known;
    this.#changed();
  }

  /** What was measured, or is, holds no more once something is changed. */
  #endAtAChange() {
    const { curve } = this.#about;
    const since = curve.interventions[this.#known];
    if (!since) return;
    this.#known = curve.interventions.length;
    this.#asked?.abort();
    this.#asked = null;
    if (this.said.hasChildNodes()) {
      write(
        this.said,
        `Something was changed at iteration ${whole(since.iteration)}: the speed limit is measured anew.`,
      );
    }
    if (!curve.limits.length) return;
    curve.limits = endedAt(curve.limits, since.iteration);
    this.#changed();
  }

  /** Nothing of it is shown any more; of another line of training it is measured anew. */
  leave() {
    this.#asked?.abort();
    this.#asked = null;
    this.#askedOf = "";
    this.#rested = 0;
    this.#about.curve.limits = [];
    write(this.said, "");
    this.#changed();
  }

  /** What *Find α* measured goes with what it found. */
  clear() {
    if (!this.#ticked.checked) this.leave();
  }

  async #ask() {
    const asked = (this.#asked = new AbortController());
    const [known, began] = [this.#about.curve.interventions.length, performance.now()];
    try {
      const answer = await fetch(`/panda/speed-limit?${new URLSearchParams({ run: this.#about.run })}`, {
        signal: asked.signal,
      });
      const { refused, at, learning_rate, text } = await answer.json();
      if (asked.signal.aborted) return;
      if (refused) write(this.said, `No speed limit: ${grouping(refused)}.`);
      else {
        write(this.said, `At iteration ${whole(at)}: ${grouping(text)}.`);
        this.add({ at, limit: learning_rate }, known);
      }
    } catch {
      if (asked.signal.aborted) return;
      write(this.said, "No speed limit: no answer came from Panda.");
    }
    this.#asked = null;
    this.#rested = restedAfter(began, performance.now());
  }
}
