// @ts-check
// The train–dev gap, which is a gauge that the page makes of the curves it has.

import { WHOLE } from "./gauge_table.js";

/** @type {import("./gauge_axis.js").Gauge} */
export const GAP = {
  name: "train_dev_gap",
  label: "train–dev gap",
  shows: "Dev cost minus the smoothed cost of the mini-batches, wherever the dev set was evaluated.",
  normal:
    "Near 0 or a little above; where it keeps growing while the cost falls, the network over-fits. Below 0 it is where the cost of a mini-batch has more in it than dev cost: weight decay, and the noise of batch norm.",
  course: 14,
  scale: "linear",
  low: null,
  high: null,
  percent: false,
};

/**
 * Of the stretch that the curves show, from one iteration to another; null where there is none.
 * @param {Pick<import("./frames.js").Curve, "tracks" | "iterations">} curve
 * @param {number} begin
 * @param {number} until
 * @returns {import("./gauge_table.js").Line | null}
 */
export function gapOf(curve, begin, until) {
  const { iteration, cost } = curve.tracks.dev.columns;
  const [at, smoothed] = [curve.iterations("smoothed"), curve.tracks.smoothed.columns.mean];
  /** @type {import("./gauge_table.js").Line} */
  const line = { layer: WHOLE, x: [], y: [] };
  let i = 0;
  iteration.forEach((t, k) => {
    if (t < begin || t > until || !at.length || t < at[0]) return;
    while (i + 1 < at.length && at[i + 1] <= t) i += 1;
    line.x.push(t);
    line.y.push(cost[k] - smoothed[i]);
  });
  return line.x.length ? line : null;
}
