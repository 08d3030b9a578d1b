// @ts-check

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Answers } from "../../trainer/views/frontend/search_answers.js";
import { costPosition, costRange } from "../../trainer/views/frontend/search_colors.js";
import {
  bestFirst,
  bestOf,
  bestSoFar,
  distinctPositions,
  distinctValues,
  settled,
  timeline,
  twoOf,
} from "../../trainer/views/frontend/search_facts.js";
import { formInWords, stillMarked, typedExtents } from "../../trainer/views/frontend/search_form.js";
import { boxInWords, gridInWords, rangeInWords, statusInWords } from "../../trainer/views/frontend/search_words.js";
import { serve } from "../../trainer/views/frontend/served.js";

/** @typedef {import("../../trainer/views/frontend/search_facts.js").Dimension} Dimension */
/** @typedef {import("../../trainer/views/frontend/search_facts.js").Search} Search */
/** @typedef {import("../../trainer/views/frontend/search_facts.js").Trial} Trial */

/**
 * @param {number} index
 * @param {number | null} devCost
 * @param {Partial<Trial>} [more]
 * @returns {Trial}
 */
const trial = (index, devCost, more = {}) => ({
  index,
  round: 1,
  state: "finished",
  values: {},
  text: {},
  unit: {},
  iterations: 10,
  done: 10,
  dev_cost: devCost,
  dev_accuracy: 0.5,
  seconds: 0.1,
  begun: null,
  ended: null,
  curve: [],
  reason: "",
  ...more,
});

/**
 * @param {string} name
 * @param {string} symbol
 * @param {Dimension["kind"]} kind
 * @param {[at: number, text: string][]} ticks
 * @returns {Dimension}
 */
const dimension = (name, symbol, kind, ticks) => ({
  name,
  label: name,
  symbol,
  kind,
  ticks: ticks.map(([at, text]) => ({ at, text })),
});

const ALPHA = dimension("learning_rate", "α", "real", [
  [0.25, "0.001"],
  [0.75, "0.1"],
]);
const BETA = dimension("momentum", "β", "real", [
  [0, "0"],
  [1 / 3, "0.9"],
  [2 / 3, "0.99"],
]);
const LAYERS = dimension("hidden_layers", "layers", "whole", [
  [1 / 8, "1"],
  [7 / 8, "4"],
]);
const UNITS = dimension("hidden_units", "units", "whole", [
  [0.5 / 113, "16"],
  [112.5 / 113, "128"],
]);
const SIZE = dimension("mini_batch_size", "mini-batch", "power of two", [
  [1 / 6, "16"],
  [3 / 6, "32"],
  [5 / 6, "64"],
]);
const OPTIMIZER = dimension("optimizer", "optimizer", "choice", [
  [1 / 6, "gd"],
  [3 / 6, "momentum"],
  [5 / 6, "adam"],
]);

beforeEach(() => {
  const knob = (/** @type {string} */ name, /** @type {"log" | "1-log"} */ kind) => {
    const text = { name, label: name, symbol: name, help: "", fold: "", unsaid: null, needs: null };
    return { ...text, kind, low: 0, high: 1, whole: false, off: false };
  };
  serve({ knobs: [knob("learning_rate", "log"), knob("momentum", "1-log"), knob("mini_batch_size", "log")] });
});

test("a brushed range is told in values along the proper scale", () => {
  assert.equal(rangeInWords(ALPHA, [0, 0.5]), "α 0.0001 to 0.01");
  assert.equal(rangeInWords(BETA, [1 / 6, 1]), "β 0.6838 to 0.999");
});

test("of single values those are told whose position was brushed, or the nearest one", () => {
  assert.equal(rangeInWords(LAYERS, [0.3, 1]), "layers 2 to 4");
  assert.equal(rangeInWords(LAYERS, [0.3, 0.33]), "layers 2");
  assert.equal(rangeInWords(UNITS, [0, 1]), "units 16 to 128");
  assert.equal(rangeInWords(SIZE, [0.4, 0.9]), "mini-batch 32 to 64");
  assert.equal(rangeInWords(OPTIMIZER, [0.4, 1]), "optimizer momentum, adam");
  assert.equal(rangeInWords(OPTIMIZER, [0, 0.1]), "optimizer gd");
});

test("a box is told in the order of the axes", () => {
  assert.equal(
    boxInWords({ hidden_layers: [0, 0.5], learning_rate: [0.25, 0.75] }, [ALPHA, LAYERS]),
    "α 0.001 to 0.1, layers 1 to 2",
  );
  assert.equal(boxInWords({}, [ALPHA]), "");
});

test("a box that is typed lies on the axes where it is searched, and is told in words", () => {
  const dimensions = [ALPHA, BETA, LAYERS, SIZE, OPTIMIZER];
  const form = {
    learning_rate: ["0.0001", "0.01"],
    momentum: ["0.9", "0.99"],
    hidden_layers: ["2", "4"],
    mini_batch_size: ["32", "32"],
    optimizer: ["gd", "momentum"],
  };
  const want = {
    learning_rate: [0, 0.5],
    momentum: [1 / 3, 2 / 3],
    hidden_layers: [0.25, 1],
    mini_batch_size: [1 / 3, 2 / 3],
    optimizer: [0, 2 / 3],
  };
  const got = typedExtents(form, dimensions);
  for (const [name, ends] of Object.entries(want)) {
    for (const i of [0, 1]) assert.ok(Math.abs(got[name][i] - ends[i]) < 1e-9, `${name} ${got[name]}`);
  }
  assert.deepEqual(typedExtents({ learning_rate: ["a tenth", "1"], clip_norm: ["1", "2"] }, dimensions), {});
  assert.equal(
    formInWords(form, ["learning_rate", "hidden_layers", "mini_batch_size"], dimensions),
    "β 0.9 to 0.99, optimizer gd, momentum",
  );
});

test("a mark whose row was typed over is none any more, unless it was marked anew", () => {
  const brush = { learning_rate: [0, 0.5], momentum: [0.1, 0.2] };
  assert.deepEqual(stillMarked(/** @type {any} */ (brush), { learning_rate: [0, 0.5], momentum: [0.1, 0.3] }), {
    momentum: [0.1, 0.2],
  });
});

test("the best trials are first, those without a dev cost last, equal ones in their order", () => {
  const trials = [trial(0, null), trial(1, 0.4), trial(2, 0.1), trial(3, 0.4)];
  assert.deepEqual(
    bestFirst(trials).map(({ index }) => index),
    [2, 1, 3, 0],
  );
  assert.equal(bestOf(trials)?.index, 2);
});

test("a trial under way is not the best yet", () => {
  assert.equal(bestOf([trial(0, 0.1, { state: "training" }), trial(1, 0.4)])?.index, 1);
  assert.equal(bestOf([trial(0, 0.1, { state: "training" })]), undefined);
});

test("what was under way when a search ended has not begun", () => {
  const trials = [trial(0, 0.3), trial(1, 0.2, { state: "training" })];
  /** @type {Search} */
  const search = { id: "", state: "cancelled", remarks: [], rounds: [], dimensions: [], trials, left: 5 };
  const { trials: kept, left } = settled(search);
  assert.deepEqual([kept.map(({ index }) => index), left], [[0], 6]);
  assert.equal(settled({ ...search, state: "searching" }).trials.length, 2);
});

test("the best so far falls in the order in which trials ended", () => {
  const trials = [
    trial(0, 0.3, { ended: 3 }),
    trial(1, 0.5, { ended: 1 }),
    trial(2, null, { ended: 2, state: "diverged" }),
  ];
  assert.deepEqual(
    bestSoFar(trials).map((step) => [step.trial.index, step.best]),
    [
      [1, 0.5],
      [2, 0.5],
      [0, 0.3],
    ],
  );
});

test("values that differ are counted", () => {
  const trials = [0.1, 0.1, 0.2].map((value, i) => trial(i, 1, { values: { learning_rate: value } }));
  assert.equal(distinctValues(trials, "learning_rate"), 2);
  assert.deepEqual(distinctPositions([0.5, 0.1 + 0.2, 0.3]), [0.3, 0.5]);
});

test("a grid tries few values of each, and the trials of a search as many as there are", () => {
  const points = /** @type {[number, number][]} */ ([0, 1].flatMap((x) => [0, 1].map((y) => [x, y])));
  const trials = [0, 1, 2, 3].map((i) => trial(i, 1, { values: { learning_rate: i, momentum: i % 2 } }));
  /** @type {Search} */
  const search = {
    id: "one",
    state: "finished",
    remarks: [],
    rounds: [],
    plan: { sampler: "random", text: "" },
    dimensions: [ALPHA, BETA],
    trials,
    grid: { points, names: ["learning_rate", "momentum"] },
  };
  assert.equal(
    gridInWords(search),
    "A grid of 4 points tries 2 values of α and 2 of β. The 4 trials of this search (random) tried 4 of α and 2 of β.",
  );
  assert.equal(gridInWords({ ...search, grid: null }), "");
});

test("how a search stands is told with the best trial and its values", () => {
  const text = { learning_rate: "0.02", momentum: "0.9" };
  const trials = [trial(0, 0.25, { text }), trial(1, null, { state: "training" })];
  /** @type {Search} */
  const search = { id: "", state: "searching", remarks: [], rounds: [], dimensions: [ALPHA, BETA], trials };
  assert.deepEqual(statusInWords({ ...search, left: 23, seconds: 31.24, workers: 2 }), {
    state: "Searching",
    parts: ["1 trial over, 1 under way, 23 left", "31.2 s", "2 workers"],
    found: "Best so far: trial 0, dev cost 0.25, dev accuracy 50.00% (α 0.02, β 0.9)",
  });
  assert.match(statusInWords({ ...search, trials: [] }).found, /^No trial/);
});

test("bars of the timeline do not overlap: two workers, two rows", () => {
  const times = /** @type {[number, number | null][]} */ ([
    [0, 2],
    [0.1, 1],
    [1, 3],
    [2.5, null],
  ]);
  const trials = times.map(([begun, ended], i) => trial(i, 1, { begun, ended }));
  assert.deepEqual(
    timeline([...trials, trial(9, 1)], 4).map((bar) => [bar.trial.index, bar.row, bar.end]),
    [
      [0, 0, 2],
      [1, 1, 1],
      [2, 1, 3],
      [3, 0, 4],
    ],
  );
});

test("colours go along a log scale from the best to the worst but for a tenth", () => {
  const costs = [...Array(9).fill(0.1), 10, 1000];
  const range = costRange(costs.map((cost, i) => trial(i, cost)));
  assert.deepEqual(range, { best: 0.1, worst: 10 });
  if (!range) return;
  assert.ok(Math.abs(costPosition(1, range) - 0.5) < 1e-12);
  assert.equal(costPosition(1000, range), 1);
  assert.equal(costPosition(3, { best: 3, worst: 3 }), 0);
  assert.equal(costRange([trial(0, null)]), null);
});

test("the two axes of the scatter stay as they were chosen while they are there", () => {
  assert.deepEqual(twoOf(["a", "b", "c"], [null, null]), ["a", "b"]);
  assert.deepEqual(twoOf(["a", "b", "c"], ["c", "a"]), ["c", "a"]);
  assert.deepEqual(twoOf(["a", "b", "c"], [null, "a"]), ["b", "a"]);
  assert.deepEqual(twoOf(["a", "b"], ["c", "b"]), ["a", "b"]);
  assert.deepEqual(twoOf(["a"], [null, null]), ["a", ""]);
});

test("what changed is put into what was known", () => {
  const answers = new Answers("x");
  /** @type {Search} */
  const base = { id: "x", state: "searching", remarks: [], dimensions: [ALPHA], rounds: [], trials: [] };
  const first = answers.take({ ...base, trials: [trial(0, 0.5), trial(1, null)], revision: "a-1", whole: true });
  assert.ok(first.told && first.drawn);
  const more = /** @type {any} */ ({
    seconds: 3,
    trials: [trial(1, 0.25), trial(2, 1)],
    revision: "a-2",
    whole: false,
  });
  const second = answers.take(more);
  assert.deepEqual(
    second.search.trials.map(({ index, dev_cost }) => [index, dev_cost]),
    [
      [0, 0.5],
      [1, 0.25],
      [2, 1],
    ],
  );
  assert.deepEqual([second.search.dimensions, second.search.seconds, second.drawn], [[ALPHA], 3, true]);
  const later = answers.take(/** @type {any} */ ({ seconds: 4, trials: [], revision: "a-3", whole: false }));
  assert.deepEqual([later.told, later.drawn], [true, false]);
  const same = answers.take(/** @type {any} */ ({ trials: [], revision: "a-4", whole: false }));
  assert.deepEqual([same.told, same.drawn], [false, false]);
  const anew = answers.take({ ...base, trials: [trial(0, 0.5)], revision: "b-1", whole: true });
  assert.deepEqual([anew.search.trials.length, anew.search.seconds], [1, undefined]);
});
