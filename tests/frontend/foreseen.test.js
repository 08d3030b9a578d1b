// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { following } from "../../trainer/views/frontend/following.js";
import { foreseenNumbers, foreseenTraces, foundRates, foundTraces } from "../../trainer/views/frontend/foreseen.js";
import { Curve } from "../../trainer/views/frontend/frames.js";
import { serve } from "../../trainer/views/frontend/served.js";

/** @typedef {import("../../trainer/views/frontend/foreseen.js").Foreseen} Foreseen */

const STYLE = /** @type {import("../../trainer/views/frontend/palette.js").Palette} */ (
  /** @type {unknown} */ ({ rate: "rate", dev: "dev", text: "text", mark: "mark" })
);
const ARM = { changes: {}, broke: null, diverges: false };

/** @returns {Foreseen} an arm that helps, one that diverges, one that breaks */
const foreseen = () => ({
  at: 10,
  end: 14,
  best: 0,
  arms: [
    { ...ARM, label: "×1", iterations: [12, 14], costs: [2, 1], dev_cost: 1.5 },
    { ...ARM, label: "×3", iterations: [12, 14], costs: [20, 40], dev_cost: 50, diverges: true },
    { ...ARM, label: "×10", iterations: [], costs: [], dev_cost: null, broke: 11, diverges: true },
  ],
});
const same = (/** @type {number} */ t) => t;

test("what diverges is dotted, without an end, and has no say in the axis", () => {
  const traces = foreseenTraces(foreseen(), same, STYLE, (values) => values);
  assert.deepEqual(
    traces.map(({ uid, line }) => [uid, line?.dash, line?.width]),
    [
      ["ahead-0", "solid", 3],
      ["ahead-1", "dot", 1.4],
      ["ahead-2", "dot", 1.4],
      ["ahead-ends", undefined, undefined],
    ],
  );
  assert.deepEqual([traces[3].x, traces[3].y, traces[3].text], [[14], [1.5], ["×1 "]]);
  assert.deepEqual(foreseenNumbers(foreseen()), [[2, 1], [1.5]]);
});

test("on a log axis nothing is below its foot", () => {
  const clamp = (/** @type {number[]} */ values) => values.map((v) => Math.max(v, 1.2));
  const [best] = foreseenTraces(foreseen(), same, STYLE, clamp);
  assert.deepEqual(best.y, [2, 1.2]);
});

test("nothing is drawn where nothing was foreseen", () => {
  assert.deepEqual([foreseenTraces(null, same, STYLE, same2), foreseenNumbers(null)], [[], []]);
});
const same2 = (/** @type {number[]} */ values) => values;

test("all that was foreseen is in sight, also beyond half of the curve", () => {
  serve({ over: [] });
  const curve = new Curve();
  curve.now = { ...curve.now, iteration: 10 };
  assert.deepEqual(following(curve, null, same), [0, 10.1]);
  curve.foreseen = { ...foreseen(), end: 110 };
  assert.deepEqual(following(curve, null, same), [0, 110.1]);
});

test("the suggested range and the speed limit stand across the chart of α, and a far limit leaves the axis alone", () => {
  const found = { at: 10, low: 0.1, high: 0.3, limit: 0.9 };
  assert.deepEqual(foundRates(found, 0.1), [0.1, 0.3, 0.9]);
  assert.deepEqual(foundRates({ ...found, limit: 200 }, 0.1), [0.1, 0.3]);
  assert.deepEqual(foundRates(null, 0.1), []);
  const drawn = foundTraces(found, [0, 10], STYLE).map(({ uid, x, y }) => [uid, x, y]);
  assert.deepEqual(drawn, [
    ["suggested-low", [0, 10], [0.1, 0.1]],
    ["suggested-high", [0, 10], [0.3, 0.3]],
    ["speed-limit", [0, 10], [0.9, 0.9]],
  ]);
  assert.deepEqual(foundTraces({ ...found, low: null, high: null, limit: null }, [0, 10], STYLE), []);
});
