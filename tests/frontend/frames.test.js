// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { COLUMNS, Curve, upTo } from "../../trainer/views/frontend/frames.js";

/** @typedef {import("../../trainer/views/frontend/frames.js").TrackName} TrackName */

/**
 * A frame as the server encodes it: length of the header, header, padded to four bytes, columns of float32.
 * @param {object} header
 * @param {...number[]} columns
 */
function frame(header, ...columns) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.length / 4) * 4;
  const numbers = columns.flat();
  const buffer = new ArrayBuffer(4 + length + 4 * numbers.length);
  new DataView(buffer).setUint32(0, length, true);
  const bytes = new Uint8Array(buffer);
  bytes.fill(32, 4, 4 + length);
  bytes.set(text, 4);
  numbers.forEach((value, i) => new DataView(buffer).setFloat32(4 + length + 4 * i, value, true));
  return buffer;
}

/**
 * Columns of the training costs of buckets, each recognised by its number.
 * @param {...number} buckets
 */
const train = (...buckets) => [
  buckets.map((b) => b),
  buckets.map((b) => b + 0.5),
  buckets.map((b) => b + 0.25),
  buckets.map(() => 0.125),
];

/** A curve of run r1 with buckets 0 to 3 of ten iterations. */
function begun() {
  const curve = new Curve();
  const part = { size: 10, first: 0, at: 0, count: 4, end: 40 };
  const now = { iteration: 40, epoch: 2, seconds: 6, rate: 0.1 };
  const header = { n: 1, run: "r1", start: 0, epoch: 0, rate: 0.1, anew: true, now, train: part };
  curve.apply(frame(header, ...train(0, 1, 2, 3)));
  return curve;
}

test("a stretch is covered from the first bucket to the last, as far as the run has come, by several of them", () => {
  const curve = begun();
  assert.deepEqual([curve.covers([0, 160]), curve.covers([25, 5000]), curve.covers([0, 159])], [true, true, false]);
  curve.apply(frame({ n: 2, now: { iteration: 1000, epoch: 50, seconds: 9, rate: 0.1 } }));
  assert.deepEqual([curve.covers([0, 160]), curve.covers([800, 1200])], [false, false]);
  const part = { size: 10, first: 80, at: 80, count: 20, end: 1000 };
  curve.apply(frame({ n: 3, train: part }, ...train(...Array(20).keys())));
  assert.deepEqual([curve.covers([800, 1200]), curve.covers([780, 1000])], [true, false]);
  curve.apply(frame({ n: 4, train: { ...part, size: 1, first: 980, at: 980 } }, ...train(...Array(20).keys())));
  assert.equal(curve.covers([990, 1000]), true); // more than all there is cannot come
});

test("a frame brings columns in their order", () => {
  const { tracks, run, now } = begun();
  assert.equal(run, "r1");
  assert.equal(now.iteration, 40);
  assert.deepEqual(tracks.train, {
    size: 10,
    first: 0,
    end: 40,
    columns: {
      low: [0, 1, 2, 3],
      high: [0.5, 1.5, 2.5, 3.5],
      mean: [0.25, 1.25, 2.25, 3.25],
      rate: [0.125, 0.125, 0.125, 0.125],
    },
  });
});

test("tracks follow one another in a frame", () => {
  const curve = new Curve();
  const part = { size: 1, first: 0, at: 0, count: 1, end: 4 };
  const parts = { train: part, smoothed: part, dev: part };
  curve.apply(frame({ n: 1, ...parts }, ...train(7), [8], [4], [1], [3], [2], [0.25], [0.75], [0.5]));
  assert.deepEqual(curve.tracks.train.columns.low, [7]);
  assert.deepEqual(curve.tracks.smoothed.columns.mean, [8]);
  assert.deepEqual(curve.tracks.dev.columns, {
    iteration: [4],
    costLow: [1],
    costHigh: [3],
    cost: [2],
    accuracyLow: [0.25],
    accuracyHigh: [0.75],
    accuracy: [0.5],
  });
});

test("further series have three columns each, after those of every evaluation", () => {
  const curve = new Curve();
  const dev = { size: 1, first: 0, at: 0, count: 2, end: 4, measures: ["norm"] };
  const evaluations = [[2, 4], [1, 1], [1, 1], [1, 1], [1, 1], [1, 1], [1, 1], [5, 6], [7, 8], [6, 7]]; // prettier-ignore
  curve.apply(frame({ n: 1, dev }, ...evaluations));
  const { columns } = curve.tracks.dev;
  assert.deepEqual([columns.normLow, columns.normHigh, columns.norm], [[5, 6], [7, 8], [6, 7]]); // prettier-ignore
});

test("new buckets replace those from `at` on", () => {
  const curve = begun();
  curve.apply(frame({ n: 2, train: { size: 10, first: 0, at: 3, count: 2, end: 48 } }, ...train(30, 40)));
  assert.deepEqual(curve.tracks.train.columns.low, [0, 1, 2, 30, 40]);
  assert.equal(curve.tracks.train.end, 48);
});

test("buckets before `first` are forgotten", () => {
  const curve = begun();
  curve.apply(frame({ n: 2, train: { size: 10, first: 2, at: 4, count: 1, end: 50 } }, ...train(4)));
  assert.equal(curve.tracks.train.first, 2);
  for (const name of COLUMNS.train) assert.equal(curve.tracks.train.columns[name].length, 3, name);
  assert.deepEqual(curve.tracks.train.columns.low, [2, 3, 4]);
  // once more, from there
  curve.apply(frame({ n: 3, train: { size: 10, first: 3, at: 4, count: 2, end: 60 } }, ...train(40, 50)));
  assert.deepEqual(curve.tracks.train.columns.low, [3, 40, 50]);
});

test("buckets of another size, or from an earlier one on, replace all", () => {
  for (const part of [
    { size: 20, first: 0, at: 0, count: 2, end: 40 },
    { size: 20, first: 1, at: 1, count: 2, end: 60 },
  ]) {
    const curve = begun();
    curve.apply(frame({ n: 2, train: part }, ...train(8, 9)));
    assert.deepEqual(curve.tracks.train.columns.low, [8, 9]);
  }
  const curve = begun();
  curve.apply(frame({ n: 2, train: { size: 10, first: 2, at: 2, count: 1, end: 40 } }, ...train(2)));
  curve.apply(frame({ n: 3, train: { size: 10, first: 1, at: 1, count: 2, end: 40 } }, ...train(11, 12)));
  assert.deepEqual(curve.tracks.train.columns.low, [11, 12]);
});

test("nothing but the status is left of what was before another run", () => {
  const curve = begun();
  const mark = { iteration: 5, epoch: 0.25, author: "person", note: "", before: {}, after: {} };
  curve.apply(
    frame({
      n: 2,
      status: { state: "running", run: "r1" },
      interventions: { at: 0, list: [mark] },
      knots: { at: 0, list: [[0, 0]] },
    }),
  );
  curve.apply(frame({ n: 3, run: "r2", start: 20, epoch: 1, rate: 0.5, anew: true, status: { run: "r2" } }));
  assert.deepEqual(curve.status, { state: "running", run: "r2" });
  assert.deepEqual([curve.run, curve.start, curve.startEpoch, curve.startRate], ["r2", 20, 1, 0.5]);
  assert.deepEqual([curve.interventions, curve.knots, curve.abandoned], [[], [], []]);
  for (const name of /** @type {TrackName[]} */ (["train", "smoothed", "dev"])) {
    for (const column of COLUMNS[name]) assert.deepEqual(curve.tracks[name].columns[column], []);
  }
});

test("interventions and knots from number `at` on are replaced", () => {
  const curve = begun();
  const mark = (/** @type {number} */ iteration) => ({ iteration, epoch: iteration / 20 });
  curve.apply(frame({ n: 2, interventions: { at: 0, list: [mark(5), mark(9)] }, knots: { at: 0, list: [[0, 0], [9, 1]] } })); // prettier-ignore
  curve.apply(frame({ n: 3, interventions: { at: 1, list: [mark(30)] }, knots: { at: 1, list: [[30, 5]] } }));
  assert.deepEqual(curve.interventions.map((m) => m.iteration), [5, 30]); // prettier-ignore
  assert.deepEqual(curve.knots, [[0, 0], [30, 5]]); // prettier-ignore
});

test("what is planned is replaced as a whole, and forgotten with the run", () => {
  const curve = begun();
  const plan = { plan: "r1-1", iteration: 500, author: "person", note: "", changes: { momentum: 0.5 } };
  curve.apply(frame({ n: 2, planned: [plan, { ...plan, plan: "r1-2" }] }));
  curve.apply(frame({ n: 3 }));
  curve.apply(frame({ n: 4, planned: [plan] }));
  assert.deepEqual(curve.planned, [plan]);
  curve.apply(frame({ n: 5, run: "r2", start: 20, epoch: 1, rate: 0.5, anew: true }));
  assert.deepEqual(curve.planned, []);
});

test("a bucket stands at the middle of its iterations, the last one of those that there are", () => {
  const curve = begun();
  curve.apply(frame({ n: 2, train: { size: 10, first: 0, at: 3, count: 1, end: 34 } }, ...train(3)));
  assert.deepEqual(curve.iterations("train"), [5.5, 15.5, 25.5, 32.5]);
});

test("the smoothed cost has a value for every four iterations at the most", () => {
  const curve = begun();
  curve.apply(frame({ n: 2, smoothed: { size: 2, first: 1, at: 1, count: 2, end: 24 } }, [1, 2]));
  assert.deepEqual(curve.iterations("smoothed"), [14, 22]);
});

test("the axis of epochs bends where the mini-batch size was changed, and goes on beyond both ends", () => {
  const curve = begun();
  const mark = { iteration: 20, epoch: 0.5, author: "", note: "", before: {}, after: {} };
  curve.apply(frame({ n: 2, interventions: { at: 0, list: [mark] } }));
  const [x, back] = [curve.toAxis("epoch"), curve.fromAxis("epoch")];
  assert.deepEqual([0, 10, 20, 30, 40, 60].map(x), [0, 0.25, 0.5, 1.25, 2, 3.5]);
  for (const t of [0, 7, 20, 33, 40, 50]) assert.ok(Math.abs(back(x(t)) - t) < 1e-9);
});

test("the axis of minutes follows the knots up to now", () => {
  const curve = begun();
  curve.apply(frame({ n: 2, knots: { at: 0, list: [[0, 0], [10, 1.5], [90, 30]] } })); // prettier-ignore
  const [x, back] = [curve.toAxis("minutes"), curve.fromAxis("minutes")];
  assert.ok(Math.abs(60 * x(10) - 1.5) < 1e-9);
  assert.ok(Math.abs(60 * x(25) - 3.75) < 1e-9);
  assert.ok(Math.abs(back(x(25)) - 25) < 1e-9);
});

test("a run that took no time, or had no time to tell of it, has no time before it", () => {
  for (const seconds of [0, 0.003]) {
    const curve = begun();
    curve.apply(frame({ n: 2, now: { iteration: 1500, epoch: 2, seconds, rate: 0.1 } }));
    const [x, back] = [curve.toAxis("minutes"), curve.fromAxis("minutes")];
    assert.deepEqual([0, 1500].map(x), [0, seconds / 60]);
    assert.ok(x(750) >= 0);
    assert.equal(back(seconds / 60), 1500);
  }
});

test("iterations stand for themselves", () => {
  const curve = begun();
  assert.equal(curve.toAxis("iteration")(17), 17);
  assert.equal(curve.fromAxis("iteration")(17), 17);
});

test("before anything is known every axis is even", () => {
  assert.equal(new Curve().toAxis("minutes")(3), 3);
});

test("how many entries are at or before an iteration", () => {
  const list = [3, 3, 7].map((iteration) => ({ iteration }));
  assert.deepEqual([2, 3, 6, 7, 8].map((t) => upTo(list, t)), [0, 2, 2, 3, 3]); // prettier-ignore
  assert.equal(upTo([], 1), 0);
});
