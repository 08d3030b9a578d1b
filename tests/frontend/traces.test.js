// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { Curve } from "../../trainer/views/frontend/frames.js";
import { Legend } from "../../trainer/views/frontend/legend.js";
import { ticks } from "../../trainer/views/frontend/lines.js";
import { clustered, hollow, marks } from "../../trainer/views/frontend/marks.js";
import { serve } from "../../trainer/views/frontend/served.js";
import { accuracy, cost, rate } from "../../trainer/views/frontend/traces.js";

/** @typedef {import("../../trainer/views/frontend/frames.js").Intervention} Intervention */
/** @typedef {import("../../trainer/views/frontend/plot.js").Trace} Trace */

const NAMES = [
  "text",
  "background",
  "grid",
  "font",
  "train",
  "band",
  "smoothed",
  "dev",
  "devBand",
  "rate",
  "mark",
  "left",
];
const STYLE = /** @type {import("../../trainer/views/frontend/palette.js").Palette} */ (
  Object.fromEntries(NAMES.map((name) => [name, name]))
);
const OPTIONS = { logarithmic: true, smoothing: 0.99, coarse: 1, hidden: /** @type {Set<string>} */ (new Set()) };
const ENTRY = {
  panel: "",
  help: "",
  scale: /** @type {"log"} */ ("log"),
  percent: false,
  smoothed: false,
  measured: false,
};
serve({
  series: {
    cost: { ...ENTRY, label: "cost J" },
    dev_cost: { ...ENTRY, label: "dev cost" },
    dev_accuracy: { ...ENTRY, label: "dev accuracy" },
  },
});
const same = (/** @type {number} */ t) => t;

/** A curve with a bucket for each of four iterations. */
function curveOf({ low = [1, 2, 3, 4], high = [5, 6, 7, 8], mean = [2, 3, 4, 5] } = {}) {
  const curve = new Curve();
  const made = {
    train: { size: 1, first: 0, end: 4, columns: { low, high, mean, rate: [0.1, 0.1, 0.1, 0.1] } },
    smoothed: { size: 1, first: 0, end: 4, columns: { mean: [3.5] } },
    dev: {
      size: 1,
      first: 0,
      end: 4,
      columns: {
        iteration: [4],
        costLow: [0.5],
        costHigh: [0.5],
        cost: [0.5],
        accuracyLow: [0.9],
        accuracyHigh: [0.92],
        accuracy: [0.91],
      },
    },
  };
  Object.assign(curve.tracks, made);
  curve.now = { iteration: 4, epoch: 1, seconds: 1, rate: 0.1 };
  curve.startRate = 0.1;
  return curve;
}

/**
 * @param {Trace[]} traces
 * @param {string} uid
 */
function find(traces, uid) {
  const found = traces.find((trace) => trace.uid === uid);
  assert.ok(found, `${uid} is not drawn`);
  return found;
}

/**
 * @param {number} iteration
 * @param {Partial<Intervention>} [more]
 * @returns {Intervention}
 */
const intervention = (iteration, more = {}) => ({
  iteration,
  epoch: 0,
  author: "person",
  note: "",
  before: {},
  after: {},
  ...more,
});

test("the cost has its band, its mean, its average and the dev cost", () => {
  const { traces, y } = cost(curveOf(), same, STYLE, OPTIONS);
  assert.deepEqual(find(traces, "train low").y, [1, 2, 3, 4]);
  assert.deepEqual(find(traces, "train tonexty").y, [5, 6, 7, 8]);
  assert.deepEqual(find(traces, "train tonexty").fill, "tonexty");
  assert.deepEqual(find(traces, "train low").x, [1, 2, 3, 4]);
  assert.deepEqual(find(traces, "smoothed").y, [3.5]);
  assert.deepEqual(find(traces, "dev cost").x, [4]);
  assert.equal(y.type, "log");
  assert.deepEqual(y.range, [Math.log10(0.5 / 1.5), Math.log10(8 * 1.3)]);
});

test("a linear axis of the cost begins at 0", () => {
  const { y } = cost(curveOf(), same, STYLE, { ...OPTIONS, logarithmic: false });
  assert.equal(y.type, "linear");
  assert.deepEqual(y.range, [0, 8 * 1.05]);
});

test("without smoothing there is no average", () => {
  const { traces } = cost(curveOf(), same, STYLE, { ...OPTIONS, smoothing: null });
  assert.deepEqual(find(traces, "smoothed").y, []);
  assert.deepEqual(find(traces, "smoothed").x, []);
});

test("what is switched off in the legend has no say in the axis", () => {
  const { y } = cost(curveOf(), same, STYLE, { ...OPTIONS, hidden: new Set(["dev cost"]) });
  assert.equal(y.range[0], Math.log10(1 / 1.5));
  const { y: without } = cost(curveOf(), same, STYLE, { ...OPTIONS, hidden: new Set(["train"]) });
  assert.equal(without.range[1], Math.log10(3.5 * 1.3));
});

test("where costs were lost the band has no width", () => {
  const lost = { low: [1, NaN, NaN, 4], high: [5, NaN, NaN, 8], mean: [2, NaN, NaN, 5] };
  const { traces } = cost(curveOf(lost), same, STYLE, OPTIONS);
  assert.deepEqual(find(traces, "train low").y, [1, 2, 2, 4]);
  assert.deepEqual(find(traces, "train tonexty").y, [5, 2, 2, 8]);
});

test("a cost of 0 stays in sight of a log axis", () => {
  const { traces } = cost(curveOf({ low: [0, 2, 3, 4] }), same, STYLE, OPTIONS);
  assert.ok(Number(find(traces, "train low").y[0]) > 0);
});

test("an average that decays while mini-batches cost 0 does not lead a log axis astray", () => {
  const curve = curveOf({ low: [1, 0, 0, 0], high: [5, 6, 7, 0], mean: [2, 0.5, 0.4, 0] });
  curve.tracks.smoothed.columns.mean = [1, 1e-9, 1e-28];
  const { y } = cost(curve, same, STYLE, OPTIONS);
  assert.equal(y.range[0], Math.log10(0.4 / 100 / 1.5));
  const alone = { ...OPTIONS, hidden: new Set(["train", "dev cost"]) };
  assert.equal(cost(curve, same, STYLE, alone).y.range[0], Math.log10(1e-28 / 1.5));
});

test("the axis of the accuracy begins below what it was after the first eighth", () => {
  const curve = curveOf();
  const low = [0.1, 0.81, 0.82, 0.83, 0.84, 0.85, 0.86, 0.87];
  Object.assign(curve.tracks.dev.columns, { iteration: low, accuracy: low, accuracyLow: low, accuracyHigh: low });
  const { y } = accuracy(curve, same, STYLE, { coarse: 1 });
  assert.ok(Math.abs(y.range[0] - 0.8) < 1e-9);
  assert.ok(y.range[1] > 1);
});

test("α steps where it was changed", () => {
  const curve = curveOf();
  const change = { before: { learning_rate: 0.1 }, after: { learning_rate: 0.02 } };
  curve.interventions = [intervention(2, change), intervention(3, { after: { momentum: 0.5 } })];
  // as the server has it: α after iteration 2 is the new one
  curve.tracks.train.columns.rate = [0.1, 0.02, 0.02, 0.02];
  curve.now.rate = 0.02;
  const drawn = find(rate(curve, same, STYLE).traces, "α in force");
  assert.deepEqual(drawn.x, [0, 1, 2, 2, 3, 4, 4]);
  assert.deepEqual(drawn.y, [0.1, 0.1, 0.1, 0.02, 0.02, 0.02, 0.02]);
});

test("under decay α slants down to where it was changed, steps there once, and slants on", () => {
  const curve = curveOf();
  const change = { before: { learning_rate: 0.08 }, after: { learning_rate: 0.02 } };
  const again = { before: { learning_rate: 0.02 }, after: { learning_rate: 0.04 } };
  curve.interventions = [intervention(2, change), intervention(2, again)];
  curve.tracks.train.columns.rate = [0.09, 0.04, 0.03, 0.025];
  curve.now.rate = 0.025;
  const drawn = find(rate(curve, same, STYLE).traces, "α in force");
  assert.deepEqual(drawn.x, [0, 1, 2, 2, 2, 2, 3, 4, 4]);
  assert.deepEqual(drawn.y, [0.1, 0.09, 0.08, 0.02, 0.02, 0.04, 0.03, 0.025, 0.025]);
});

test("α that was changed before the first iteration steps there", () => {
  const curve = curveOf();
  curve.interventions = [intervention(0, { before: { learning_rate: 0.1 }, after: { learning_rate: 0.02 } })];
  curve.startRate = 0.02;
  curve.tracks.train.columns.rate = [0.02, 0.02, 0.02, 0.02];
  const drawn = find(rate(curve, same, STYLE).traces, "α in force");
  assert.deepEqual(drawn.x?.slice(0, 3), [0, 0, 1]);
  assert.deepEqual(drawn.y?.slice(0, 3), [0.1, 0.02, 0.02]);
});

test("small numbers on an axis are labelled with an exponent", () => {
  assert.deepEqual(ticks(0.002, 0.05), { tickformat: "~g", dtick: "D2" });
  assert.deepEqual(ticks(0.00002, 0.0005), { tickformat: "~e", dtick: "D2" });
  assert.deepEqual(ticks(0.000012, 0.000015), { tickformat: "~e" });
  assert.deepEqual(ticks(2e-6, 1), {
    tickformat: "~e",
    tickvals: [1e-6, 1e-4, 1e-2, 1],
    ticktext: ["1e-6", "1e-4", "0.01", "1"],
  });
  assert.deepEqual(ticks(5e-5, 3e6).ticktext, ["1e-6", "0.001", "1", "1000", "1e6", "1e9"]);
  assert.deepEqual(ticks(0.001, 1), { tickformat: "~g", dtick: 1 });
  const { y } = cost(curveOf(), same, STYLE, { ...OPTIONS, logarithmic: false });
  assert.equal(y.tickformat, "");
});

test("the forecast goes on from now", () => {
  const curve = curveOf();
  curve.forecast = { iterations: [2, 4, 6, 8], rates: [0.2, 0.1, 0.05, 0.025] };
  const drawn = find(rate(curve, same, STYLE).traces, "forecast");
  assert.deepEqual(drawn.x, [4, 6, 8]);
  assert.deepEqual(drawn.y, [0.1, 0.05, 0.025]);
});

test("what was left is grey, and points that would touch are one", () => {
  const curve = curveOf();
  /** @type {import("../../trainer/views/frontend/frames.js").Abandoned} */
  const part = {
    run: "r1",
    iteration: 12,
    change: {},
    iterations: [10, 11, 12, 20],
    costs: [3, 1, "nan", 9],
    evaluations: [],
  };
  curve.abandoned = [{ ...part, evaluations: [[12, 1, 0.5]] }];
  const grey = find(cost(curve, same, STYLE, { ...OPTIONS, coarse: 5 }).traces, "left behind");
  assert.deepEqual(grey.x, [11, 20, null]);
  assert.deepEqual(grey.y, [3, 9, null]);
  assert.equal(grey.line?.color, "left");
  const points = find(accuracy(curve, same, STYLE, { coarse: 5 }).traces, "left behind");
  assert.deepEqual(points.y, [0.5, null]);
});

test("interventions that would touch share a marker, those out of sight have none", () => {
  const all = [5, 10, 11, 30, 99].map((t) => intervention(t));
  const clusters = clustered(all, same, [8, 50], 4);
  assert.deepEqual(
    clusters.map((c) => [c.x, c.marks.length]),
    [
      [10, 2],
      [30, 1],
    ],
  );
});

test("a marker tells what was changed, and what people wrote is no HTML", () => {
  serve({ symbols: { learning_rate: "α" } });
  const change = { before: { learning_rate: 0.1 }, after: { learning_rate: 0.3 }, note: "<b>faster</b> & on" };
  const [, markers] = marks([{ x: 1, marks: [intervention(1234, change)] }], STYLE, true);
  assert.deepEqual(markers.hovertext, ["1,234: α 0.1 → 0.3 (person) “&lt;b&gt;faster&lt;/b&gt; &amp; on”"]);
  assert.equal(markers.showlegend, true);
});

test("what is planned has hollow markers, and what lies further on is told of beside the end of the axis", () => {
  serve({ symbols: { learning_rate: "α" } });
  const plan = (/** @type {number} */ iteration) => ({
    plan: `r1-${iteration}`,
    iteration,
    author: "cli",
    note: "<i>calmer</i>",
    changes: { learning_rate: 0.3 },
  });
  const [markers] = hollow([20, 21, 40, 900, 1000].map(plan), same, [0, 50], 4, STYLE, true);
  assert.deepEqual(markers.x, [20, 40, 50]);
  assert.deepEqual(markers.customdata, [2, 1, 2]);
  assert.deepEqual(markers.marker?.symbol, ["diamond-open", "diamond-open", "triangle-down-open"]);
  assert.deepEqual(markers.marker?.angle, [0, 0, -90]); // to the right
  assert.equal(markers.hovertext?.[1], "planned at 40: α → 0.3 (cli) “&lt;i&gt;calmer&lt;/i&gt;”");
  assert.equal(markers.showlegend, true);
  assert.deepEqual(hollow([], same, [0, 50], 4, STYLE, true)[0].x, []);
});

test("of many interventions at one place six are told", () => {
  const all = Array.from({ length: 9 }, (_, t) => intervention(t));
  const [, markers] = marks([{ x: 1, marks: all }], STYLE, true);
  const lines = markers.hovertext?.[0].split("<br>") ?? [];
  assert.equal(lines.length, 7);
  assert.equal(lines[6], "and 3 more");
  assert.deepEqual(markers.text, ["9"]);
});

test("an entry of the legend that was clicked is off, its whole group with it", () => {
  let chosen = 0;
  const legend = new Legend(() => (chosen += 1));
  const { traces } = cost(curveOf(), same, STYLE, OPTIONS);
  legend.hide(traces);
  legend.click("train");
  legend.hide(traces);
  const off = traces.filter((trace) => trace.visible === "legendonly").map((trace) => trace.uid);
  assert.deepEqual(off, ["train low", "train tonexty", "cost J of a mini-batch"]);
  legend.doubleClick("smoothed");
  assert.deepEqual([...legend.hidden].sort(), ["dev cost", "left", "train"]);
  legend.doubleClick("smoothed");
  assert.equal(legend.hidden.size, 0);
  assert.equal(chosen, 3);
});
