// @ts-check
// What was foreseen of a run: the arms of a look-ahead, drawn in the chart of the cost ahead of the curve.

import { line, told } from "./lines.js";
import { served } from "./served.js";
import { grouping, measured, whole } from "./text.js";

/** @typedef {import("./lines.js").Numbers} Numbers */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./plot.js").Trace} Trace */
/** @typedef {import("./traces.js").ToX} ToX */

/**
 * @typedef {object} Arm as the server tells of it, see foreseen.py
 * @property {string} label
 * @property {Record<string, string | number>} changes
 * @property {number[]} iterations
 * @property {Record<string, Numbers>} smoothed the costs there, by the β of the smoothing
 * @property {number | null} dev_cost
 * @property {Numbers} dev_costs in other orders of the data; null where it broke
 * @property {number | null} broke
 * @property {boolean} diverges
 */

/**
 * @typedef {object} Told see foreseen.py
 * @property {string} [refused]
 * @property {number} at
 * @property {number} iterations
 * @property {Arm[]} arms
 * @property {number | null} best
 * @property {string} text
 * @property {string} remark
 */

/**
 * @typedef {object} Foreseen
 * @property {number} at the iteration from which it was
 * @property {number} end the last one that was
 * @property {Arm[]} arms
 * @property {number | null} best
 */

/** @typedef {{ at: number, end: number, arm: Arm }} Hand what an edit that is not applied would bring, see under_hand.js */

const FAINT = 0.75;
const OVER = "The run is over: nothing comes after it.";
const STOPPED = "The run is stopped: resume it to look ahead.";
const PAUSED = "look ahead while it is paused to take an arm where it begins";

/**
 * Whether an intervention is what an arm foresaw, at the iteration from which it did.
 * @param {Arm | null} arm
 * @param {import("./frames.js").Intervention} mark
 * @param {number} at
 */
export const isMadeAt = (arm, { iteration, after }, at) =>
  arm !== null &&
  iteration === at &&
  Object.entries(arm.changes).every(([name, value]) => String(after[name]) === String(value));

/**
 * What was changed since a look-ahead.
 * @param {Foreseen} foreseen
 * @param {import("./frames.js").Intervention[]} marks since it was asked for
 * @param {Set<number>} planned iterations of what was planned then: it was foreseen too
 * @param {Arm | null} taken
 * @returns {{ made: boolean, other: import("./frames.js").Intervention | undefined }} whether the arm was taken where it
 *   began, and the first change, within what was foreseen, that was not
 */
export function changedSince({ at, end }, marks, planned, taken) {
  const [first, next] = marks.filter(({ iteration }) => iteration >= at && !planned.has(iteration));
  if (!first || !isMadeAt(taken, first, at)) return { made: false, other: first };
  return { made: true, other: next && next.iteration < end ? next : undefined };
}

/**
 * Why nothing is looked ahead of a run, in a sentence; "" where it can be.
 * @param {import("./frames.js").Status} status
 */
export function whyNot({ state = "idle", path, not_ahead: never }) {
  if (never) return `Nothing is looked ahead: ${grouping(never)}.`;
  if (!served.over.includes(state)) return "";
  return path === "" || state === "idle" || state === "finished" ? OVER : STOPPED; // of one that was deleted nothing comes
}

/**
 * That an arm is in force, and what it is to bring, in a sentence.
 * @param {Arm} arm
 * @param {number} end
 */
export function foretold({ label, diverges, dev_cost }, end) {
  const brings = diverges ? "it is foreseen to diverge" : `foreseen is dev cost ${measured(dev_cost)}`;
  return `${label} was applied: ${brings}, at iteration ${whole(end)}.`;
}

/**
 * That what is shown is of before, in a sentence; "" where it is not.
 * @param {number} passed iterations since
 * @param {number} ahead iterations that were looked ahead, where the arms are to be taken
 */
export function further(passed, ahead = Infinity) {
  if (passed <= 0) return "";
  const since = `The run has gone on by ${whole(passed)} iteration${passed > 1 ? "s" : ""} since`;
  return passed > ahead ? `${since}, beyond what was looked ahead: ${PAUSED}.` : `${since}.`;
}

/**
 * The line of an arm, as smooth as that of the run; the least smooth where that is not shown.
 * @param {Arm} arm
 * @param {number | null} smoothing
 */
const costsOf = ({ smoothed }, smoothing) => smoothed[String(smoothing)] ?? smoothed["0.9"];

/**
 * Numbers that are to be in sight: those of the arms that do not diverge.
 * @param {Foreseen | null} foreseen
 * @param {number | null} smoothing
 * @returns {Numbers[]}
 */
export const foreseenNumbers = (foreseen, smoothing) =>
  (foreseen?.arms ?? []).filter((arm) => !arm.diverges).flatMap((arm) => [costsOf(arm, smoothing), [arm.dev_cost]]);

/**
 * Likewise of what is under the hand.
 * @param {Hand | null} hand
 * @param {number | null} smoothing
 * @returns {Numbers[]}
 */
export const handNumbers = (hand, smoothing) =>
  !hand || hand.arm.diverges ? [] : [costsOf(hand.arm, smoothing), [hand.arm.dev_cost]];

/**
 * What is under the hand: its line, and its dev cost at its end.
 * @param {Hand | null} hand
 * @param {ToX} x
 * @param {Palette} style
 * @param {(values: number[]) => number[]} clamp
 * @param {number | null} smoothing
 * @returns {Trace[]}
 */
export function handTraces(hand, x, style, clamp, smoothing) {
  if (!hand) return [];
  const { arm, end } = hand;
  const clamped = (/** @type {Numbers} */ values) => values.map((v) => (v === null ? null : clamp([v])[0]));
  const dash = arm.diverges ? "dot" : "solid";
  return [
    line(`not applied: ${arm.label}`, arm.iterations.map(x), clamped(costsOf(arm, smoothing)), style.text, 2.5, {
      ...told(costsOf(arm, smoothing)),
      uid: "hand",
      line: { color: style.text, width: 2.5, dash },
      showlegend: false,
    }),
    {
      type: "scatter",
      mode: "markers",
      uid: "hand-end",
      name: `dev cost, not applied: ${arm.label}`,
      x: arm.diverges ? [] : [x(end)],
      y: arm.diverges ? [] : clamped([arm.dev_cost]),
      ...told(arm.diverges ? [] : [arm.dev_cost]),
      marker: { symbol: "circle", size: 9, color: style.dev, line: { color: style.text, width: 2 } },
      cliponaxis: false,
      showlegend: false,
    },
  ];
}

/**
 * A line for each arm, the best one thick, and its dev cost at its end.
 * @param {Foreseen | null} foreseen
 * @param {ToX} x
 * @param {Palette} style
 * @param {(values: number[]) => number[]} clamp
 * @param {number | null} smoothing
 * @returns {Trace[]}
 */
export function foreseenTraces(foreseen, x, style, clamp, smoothing) {
  if (!foreseen) return [];
  const { arms, best, end } = foreseen;
  const clamped = (/** @type {Numbers} */ values) => values.map((v) => (v === null ? null : clamp([v])[0]));
  const lines = arms.map((arm, i) =>
    line(
      `look-ahead ${arm.label}`,
      arm.iterations.map(x),
      clamped(costsOf(arm, smoothing)),
      style.rate,
      i === best ? 3 : 1.4,
      {
        uid: `ahead-${i}`, // no space: Plotly makes a selector of it where a trace goes
        opacity: i === best ? 1 : FAINT,
        line: { color: style.rate, width: i === best ? 3 : 1.4, dash: arm.diverges ? "dot" : "solid" },
        hoverinfo: "skip", // five labels would hide the lines: the one that the hand is at has its name beside the hand
        showlegend: false,
      },
    ),
  );
  const known = arms.filter((arm) => arm.dev_cost !== null && !arm.diverges);
  return [
    ...lines,
    {
      type: "scatter",
      mode: "markers+text",
      uid: "ahead-ends",
      name: "dev cost, foreseen",
      x: known.map(() => x(end)),
      y: clamped(known.map((arm) => arm.dev_cost)),
      text: known.map((arm) => (best !== null && arm === arms[best] ? `${arm.label} ` : "")), // all would overlap
      textposition: "middle left",
      hoverinfo: "skip",
      textfont: { color: style.text, size: 11 },
      marker: { symbol: "circle-open", size: 8, color: style.dev, line: { color: style.dev, width: 2 } },
      error_y: spread(known, style),
      cliponaxis: false,
      showlegend: false,
    },
  ];
}

/**
 * From the lowest to the highest dev cost of each arm in all orders of the data that it was tried in.
 * @param {Arm[]} arms
 * @param {Palette} style
 */
function spread(arms, style) {
  const away = (/** @type {(...costs: number[]) => number} */ end) =>
    arms.map(({ dev_cost: own, dev_costs }) =>
      Math.abs(end(own ?? NaN, ...dev_costs.map((v) => v ?? own ?? NaN)) - (own ?? NaN)),
    );
  const visible = arms.some((arm) => arm.dev_costs.length > 0);
  const [array, arrayminus] = [away(Math.max), away(Math.min)];
  return { type: "data", symmetric: false, array, arrayminus, visible, color: style.dev, thickness: 1.5, width: 4 };
}
