// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { labelsOf, placeOf, rangeOf, stepOf } from "../../trainer/views/frontend/gauge_axis.js";
import { gapOf } from "../../trainer/views/frontend/gauge_gap.js";
import { budgetText } from "../../trainer/views/frontend/gauge_sentences.js";
import { GaugeTable, evenly, farApart } from "../../trainer/views/frontend/gauge_table.js";
import { columnsOf } from "../../trainer/views/frontend/heat.js";

const LINEAR = { scale: /** @type {const} */ ("linear"), low: null, high: null, percent: false };
const LOG = { ...LINEAR, scale: /** @type {const} */ ("log") };
const FIVE = {
  names: [],
  iterations: [],
  values: [],
  gauges: [],
  layers: 3,
  absent: [],
  share: 0.02,
  used: null,
  every: null,
};

/** @param {number} n */
const wave = (n) => Array.from({ length: n }, (_, i) => 1 + 0.1 * Math.sin(i));

test("an early outlier does not flatten the axis, whatever its size", () => {
  for (const outlier of [40, 1e9, Infinity]) {
    const [least, most] = rangeOf([[outlier, ...wave(60)], wave(61)], LINEAR);
    assert.ok(least > 0.7 && least <= 0.9, `${least}`);
    assert.ok(most < 1.3 && most >= 1.1, `${most}`);
    const [low, high] = rangeOf([[outlier, ...wave(60)]], LOG);
    assert.ok(low > 0.5 && high < 2, `${low} ${high}`);
  }
  const all = [1e3, ...wave(60)].map((v) => [v, ...wave(60)]); // one in each of many layers
  assert.ok(rangeOf(all, LINEAR)[1] < 1.3);
});

test("what is no outlier is in sight, also the latest value of a line that rises", () => {
  for (const gauge of [LINEAR, LOG]) {
    const [least, most] = rangeOf([Array.from({ length: 500 }, (_, i) => i + 1)], gauge);
    assert.ok(least <= 1 && most >= 500, `${least} ${most}`);
    const spike = rangeOf([[...wave(30), 1.25, ...wave(30)]], gauge);
    assert.ok(spike[1] >= 1.25, `${spike}`);
    const few = rangeOf([[1, 2, 100]], gauge);
    assert.ok(few[0] <= 1 && few[1] >= 100);
  }
});

test("an axis needs no value, and has room around one", () => {
  assert.deepEqual(rangeOf([], LINEAR), [0, 1]);
  assert.deepEqual(rangeOf([[NaN, Infinity]], LOG), [0.1, 1]);
  assert.deepEqual(rangeOf([[0, -1]], LOG), [0.1, 1]);
  for (const gauge of [LINEAR, LOG]) {
    const [least, most] = rangeOf([[3, 3]], gauge);
    assert.ok(least < 3 && most > 3 && Number.isFinite(most - least));
  }
});

test("the ends of what is healthy are in sight where they are near", () => {
  const ratio = { ...LOG, low: 1e-4, high: 1e-2 };
  const near = rangeOf([[2e-3, 4e-3]], ratio);
  assert.ok(near[0] > 1e-4 && near[1] >= 1e-2);
  assert.ok(rangeOf([[10, 20]], ratio)[0] > 1);
  assert.deepEqual(rangeOf([[0, 0]], { ...LINEAR, high: 0.1, percent: true })[0], 0);
});

test("a log axis has a floor: what has vanished is beyond its edge, and what is healthy keeps its place", () => {
  const dead = Array.from({ length: 60 }, (_, i) => 10 ** (-i / 1.5));
  const [least, most] = rangeOf([dead, wave(60)], { ...LOG, low: 1e-4, high: 1e-2 });
  assert.ok(least >= 1e-9 && least <= 1e-8 && most <= 6, `${least} ${most}`);
  assert.ok(placeOf(1e-39, [least, most], "log") < 0);
  const small = rangeOf([[1e-20, 1e-30, 1e-39]], LOG); // all of them: the largest is in sight
  assert.ok(small[0] >= 1e-29 && small[0] <= 1e-28 && small[1] >= 1e-20, `${small}`);
  const rising = rangeOf([[1, 1e10, 1e30]], LOG); // and what is large hides nothing
  assert.ok(rising[0] <= 1 && rising[1] >= 1e30, `${rising}`);
});

test("a range stays as it is while values change a little", () => {
  assert.deepEqual(rangeOf([[0.2, 1.01]], LINEAR), rangeOf([[0.201, 1.013]], LINEAR));
});

test("labels are round, and there are at least two", () => {
  const texts = (/** @type {[number, number]} */ range, /** @type {any} */ gauge) =>
    labelsOf(range, gauge).map(({ text }) => text);
  assert.deepEqual(texts([0, 1], LINEAR), ["0", "0.5", "1"]);
  assert.deepEqual(texts([0, 0.2], { ...LINEAR, percent: true }), ["0 %", "5 %", "10 %", "15 %", "20 %"]);
  assert.deepEqual(texts([1e-5, 0.1], LOG), ["1e-5", "1e-4", "0.001", "0.01", "0.1"]);
  assert.deepEqual(texts([1, 10], LOG), ["1", "2", "5", "10"]);
  assert.deepEqual(texts([1e6, 1e7], LOG), ["1e6", "2e6", "5e6", "1e7"]);
  assert.ok(texts([1.01, 1.3], LOG).length > 1);
  assert.equal(stepOf(8), 2);
});

test("what a log axis has no place for is beyond its lower end", () => {
  assert.equal(placeOf(0, [0.1, 10], "log"), -Infinity);
  assert.ok(Math.abs(placeOf(1, [0.1, 10], "log") - 0.5) < 1e-12);
  assert.equal(placeOf(Infinity, [0, 1], "linear"), Infinity);
  assert.ok(Number.isNaN(placeOf(NaN, [0, 1], "linear")));
});

test("of many layers some are drawn, evenly chosen", () => {
  assert.deepEqual(evenly(0), []);
  assert.deepEqual(evenly(1), [1]);
  assert.deepEqual(evenly(3), [1, 2, 3]);
  const some = evenly(101);
  assert.equal(some.length, 12);
  assert.deepEqual([some[0], some.at(-1)], [1, 101]);
  assert.equal(new Set(some).size, 12);
});

test("what comes later is appended, also where other gauges come or go", () => {
  const table = new GaugeTable();
  assert.equal(table.since, -1);
  table.take({ ...FIVE, names: ["a", "z[1]"], iterations: [0, 10], values: [[1, "inf"], [null, 2]] }, -1); // prettier-ignore
  assert.equal(table.since, 10);
  table.take({ ...FIVE, names: ["a", "b"], iterations: [20], values: [[3], [4]] }, 10);
  assert.deepEqual(table.line("a", 0, 0, 20), { layer: 0, x: [0, 10, 20], y: [1, Infinity, 3], apart: new Set() });
  assert.deepEqual(table.line("b", 0, 0, 20)?.y, [NaN, NaN, 4]);
  assert.deepEqual(table.line("z", 1, 0, 15), { layer: 1, x: [0, 10], y: [NaN, 2], apart: new Set() });
  assert.equal(table.line("z", 2, 0, 15), null);
  assert.deepEqual(table.line("a", 0, 10, 20)?.x, [10, 20]);
  table.take({ ...FIVE, names: ["a"], iterations: [5], values: [[9]] }, -1);
  assert.deepEqual(table.line("a", 0, 0, 20)?.y, [9]);
  assert.equal(table.line("b", 0, 0, 20), null);
});

test("in how much of the training time gauges are measured is told as far as it is known", () => {
  const share = 0.02;
  assert.equal(
    budgetText({ share, used: null, every: null }),
    "Measured within 2.00% of the training time, which the set-up chooses.",
  );
  assert.equal(
    budgetText({ share, used: 0.0193, every: 1300.4 }),
    "Measured in 1.93% of the training time so far (at most 2.00%, which the set-up chooses), every 1,300 iterations on average.",
  );
  const early = budgetText({ share, used: 0.3, every: null });
  assert.match(early, /^Measured in 30.00% of the training time so far. That is more than the 2.00%/);
});

test("the train–dev gap is dev cost minus smoothed cost, up to an iteration", () => {
  const dev = { columns: { iteration: [5, 10, 20], cost: [1, 2, 3] } };
  const smoothed = { columns: { mean: [0.5, 1] } };
  const curve = /** @type {any} */ ({ tracks: { dev, smoothed }, iterations: () => [8, 15] });
  assert.deepEqual(gapOf(curve, 0, 20), { layer: 0, x: [10, 20], y: [1.5, 2] });
  assert.deepEqual(gapOf(curve, 0, 12), { layer: 0, x: [10], y: [1.5] });
  assert.equal(gapOf(curve, 0, 7), null);
  assert.deepEqual(gapOf(curve, 11, 20)?.x, [20]);
});

test("measurements are far apart where a step is much longer than those around it, and only there", () => {
  const even = Array.from({ length: 30 }, (_, i) => 100 * i);
  assert.equal(farApart(even).size, 0);
  const busy = even.map((t) => (t > 1000 ? t + 5000 : t));
  assert.deepEqual([...farApart(busy)], [6100]);
  const table = new GaugeTable();
  table.take({ ...FIVE, names: ["a"], iterations: busy, values: [busy.map(() => 1)] }, -1);
  assert.deepEqual([table.broken(0, 9000), table.broken(0, 1000), table.broken(6100, 9000)], [true, false, false]);
  // of a long run measurements are further apart as it goes on
  const growing = Array.from({ length: 60 }, (_, i) => Math.round(1.3 ** i));
  assert.equal(farApart(growing).size, 0);
  // and from a change of the mini-batch size on there are fewer iterations in the same time
  const slower = [...even, ...even.map((t) => 3000 + 10 * t)];
  assert.equal(farApart(slower).size, 0);
  assert.equal(farApart([0, 5000]).size, 0); // nothing says what is usual
});

test("a column of a histogram reaches halfway to its neighbours, not beyond what is shown", () => {
  const told = { iterations: [0, 100, 400] };
  assert.deepEqual(columnsOf(told, [0, 400], 400), [
    { place: 0, from: 0, to: 50 },
    { place: 1, from: 50, to: 250 },
    { place: 2, from: 250, to: 400 },
  ]);
  assert.deepEqual(columnsOf(told, [0, 400], 120).map(({ place }) => place), [0, 1]); // prettier-ignore
  assert.deepEqual(columnsOf(told, [60, 300], 400).map(({ from, to }) => [from, to]), [[60, 250], [250, 300]]); // prettier-ignore
  assert.deepEqual(columnsOf({ iterations: [200] }, [0, 400], 400), [{ place: 0, from: 190, to: 210 }]);
});
