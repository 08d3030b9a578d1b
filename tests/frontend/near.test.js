// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { Curve } from "../../trainer/views/frontend/frames.js";
import { Near } from "../../trainer/views/frontend/near.js";

/** Charts that are zoomed, of a curve of 100,000 iterations. */
function far() {
  const curve = new Curve();
  curve.now = { iteration: 100_000, epoch: 1, seconds: 1, rate: 0.1 };
  /** @type {[number, number] | null} */
  let range = null;
  const charts = {
    zoomed: () => range,
    zoom: (/** @type {number} */ begin, /** @type {number} */ end) => (range = [begin, end]),
    reset: () => (range = null),
  };
  return { charts, near: new Near(charts, curve) };
}

test("of a long curve the end is zoomed to, anew each time it is looked ahead, and no more at the end", () => {
  const { charts, near } = far();
  near.show(100_000, 200, true);
  assert.deepEqual([charts.zoomed(), near.zoomed], [[99_400, 100_210], true]);
  near.show(101_000, 200);
  assert.deepEqual([charts.zoomed(), near.zoomed], [[100_400, 101_210], true]);
  near.leave();
  assert.deepEqual([charts.zoomed(), near.zoomed], [null, false]);
});

test("a zoom of a person stays, and so does one that was taken back, until a press asks for it", () => {
  const { charts, near } = far();
  charts.zoom(5, 10);
  near.show(100_000, 200);
  assert.deepEqual(charts.zoomed(), [5, 10]);
  near.show(100_000, 200, true);
  assert.deepEqual(charts.zoomed(), [99_400, 100_210]);
  charts.reset();
  near.show(101_000, 200);
  assert.equal(charts.zoomed(), null);
  near.show(102_000, 200, true);
  assert.equal(near.zoomed, true);
});
