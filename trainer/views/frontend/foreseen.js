// @ts-check
// What was foreseen of a run: the arms of a look-ahead, drawn in the chart of the cost ahead of the curve.

import { line } from "./lines.js";

/** @typedef {import("./lines.js").Numbers} Numbers */
/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {import("./plot.js").Trace} Trace */
/** @typedef {import("./traces.js").ToX} ToX */

/**
 * @typedef {object} Arm as the server tells of it, see foreseen.py
 * @property {string} label
 * @property {Record<string, string | number>} changes
 * @property {number[]} iterations
 * @property {Numbers} costs
 * @property {number | null} dev_cost
 * @property {number | null} broke
 * @property {boolean} diverges
 */

/**
 * @typedef {object} Foreseen
 * @property {number} at the iteration from which it was
 * @property {number} end the last one that was
 * @property {Arm[]} arms
 * @property {number | null} best
 */

const FAINT = 0.75;

/**
 * Numbers that are to be in sight: those of the arms that do not diverge.
 * @param {Foreseen | null} foreseen
 * @returns {Numbers[]}
 */
export const foreseenNumbers = (foreseen) =>
  (foreseen?.arms ?? []).filter((arm) => !arm.diverges).flatMap((arm) => [arm.costs, [arm.dev_cost]]);

/**
 * A line for each arm, the best one thick, and its dev cost at its end.
 * @param {Foreseen | null} foreseen
 * @param {ToX} x
 * @param {Palette} style
 * @param {(values: number[]) => number[]} clamp
 * @returns {Trace[]}
 */
export function foreseenTraces(foreseen, x, style, clamp) {
  if (!foreseen) return [];
  const { arms, best, end } = foreseen;
  const clamped = (/** @type {Numbers} */ values) => values.map((v) => (v === null ? null : clamp([v])[0]));
  const lines = arms.map((arm, i) =>
    line(`look-ahead ${arm.label}`, arm.iterations.map(x), clamped(arm.costs), style.rate, i === best ? 3 : 1.4, {
      uid: `ahead-${i}`, // no space: Plotly makes a selector of it where a trace goes
      opacity: i === best ? 1 : FAINT,
      line: { color: style.rate, width: i === best ? 3 : 1.4, dash: arm.diverges ? "dot" : "solid" },
      showlegend: false,
    }),
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
      textfont: { color: style.text, size: 11 },
      marker: { symbol: "circle-open", size: 8, color: style.dev, line: { color: style.dev, width: 2 } },
      cliponaxis: false,
      showlegend: false,
    },
  ];
}
