// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  foundTraces,
  endedAt,
  limitTraces,
  markNames,
  markedRates,
  withLimit,
} from "../../trainer/views/frontend/rate_marks.js";

const STYLE = /** @type {import("../../trainer/views/frontend/palette.js").Palette} */ (
  /** @type {unknown} */ ({ dev: "dev", devBand: "dev-band", mark: "mark" })
);
const same = (/** @type {number} */ t) => t;

test("the suggested range stands across the chart of α, and a far limit leaves the axis alone", () => {
  const found = { at: 10, verdict: "suggested", low: 0.1, high: 0.3 };
  assert.deepEqual(markedRates(found, [{ at: 10, limit: 0.9 }], 0.1), [0.1, 0.3, 0.9]);
  const far = [
    { at: 10, limit: 2000 },
    { at: 12, limit: null },
  ];
  assert.deepEqual(markedRates(found, far, 0.1), [0.1, 0.3]);
  assert.deepEqual(markedRates(null, [], 0.1), []);
  const drawn = foundTraces(found, [0, 10], STYLE).map(({ uid, x, y }) => [uid, x, y]);
  assert.deepEqual(drawn, [
    ["suggested-low", [0, 10], [0.1, 0.1]],
    ["suggested-high", [0, 10], [0.3, 0.3]],
  ]);
  assert.deepEqual(foundTraces({ ...found, low: null, high: null }, [0, 10], STYLE), []);
});

test("the speed limit goes from where it was measured to where it was again", () => {
  const limits = [
    { at: 10, limit: 0.9 },
    { at: 20, limit: 0.5 },
  ];
  const [steps] = limitTraces(limits, 25, same, STYLE);
  assert.deepEqual([steps.x, steps.y, steps.line?.shape], [[10, 20, 25], [0.9, 0.5, 0.5], "hv"]);
  assert.deepEqual(limitTraces(limits, 5, same, STYLE)[0].x, [10, 20, 20]); // the run paused there
  assert.deepEqual(limitTraces([], 25, same, STYLE), []);
});

test("once something is changed the speed limit ends there, and has no name, until it is measured anew", () => {
  const ended = endedAt([{ at: 10, limit: 0.9 }], 15);
  const [steps] = limitTraces(ended, 25, same, STYLE);
  assert.deepEqual(
    [steps.x, steps.y],
    [
      [10, 15, 15, 25],
      [0.9, 0.9, null, null],
    ],
  );
  assert.deepEqual(markNames(null, ended, STYLE), []);
  assert.deepEqual(endedAt([{ at: 20, limit: 0.9 }], 15).at(-1), { at: 20, limit: null }); // asked for before, measured after
  assert.deepEqual(endedAt([], 15), []);
  const again = limitTraces([...ended, { at: 18, limit: 0.4 }], 25, same, STYLE)[0];
  assert.deepEqual(again.y, [0.9, 0.9, null, 0.4, 0.4]);
});

test("the suggested range and the latest limit have their names in the chart of α", () => {
  const found = { at: 1200, verdict: "suggested", low: 0.1, high: 0.3 };
  const told = (/** @type {import("../../trainer/views/frontend/rate_marks.js").Limit[]} */ ...limits) =>
    markNames(found, limits, STYLE).map(({ text, at, end }) => [text, at, end]);
  assert.deepEqual(told({ at: 1, limit: 2 }, { at: 2, limit: 0.45678 }), [
    ["suggested at 1,200", 0.3, false],
    ["speed limit 0.457, an estimate", 0.45678, true],
  ]);
  assert.deepEqual(told({ at: 1, limit: null }), [["suggested at 1,200", 0.3, false]]);
  assert.equal(markNames({ ...found, verdict: "least harm" }, [], STYLE)[0].text, "least harm at 1,200");
  assert.deepEqual(markNames(null, [], STYLE), []);
});

test("only the latest limits are kept", () => {
  const many = Array.from({ length: 400 }, (_, at) => ({ at, limit: 1 }));
  const kept = withLimit(many, { at: 400, limit: 2 });
  assert.deepEqual([kept.length, kept[0].at, kept.at(-1)?.limit], [400, 1, 2]);
});
