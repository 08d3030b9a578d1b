// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { alphaShapes, alphaTraces, costsInSight } from "../../trainer/views/frontend/alpha_picture.js";
import { isDue, restedAfter } from "../../trainer/views/frontend/again.js";
import { pointedAt } from "../../trainer/views/frontend/arms.js";
import { following } from "../../trainer/views/frontend/following.js";
import {
  foreseenNumbers,
  foreseenTraces,
  further,
  handNumbers,
  handTraces,
  whyNot,
} from "../../trainer/views/frontend/foreseen.js";
import { Curve } from "../../trainer/views/frontend/frames.js";
import { Near } from "../../trainer/views/frontend/near.js";
import { serve } from "../../trainer/views/frontend/served.js";
import { Turns } from "../../trainer/views/frontend/turns.js";

/** @typedef {import("../../trainer/views/frontend/foreseen.js").Foreseen} Foreseen */

const STYLE = /** @type {import("../../trainer/views/frontend/palette.js").Palette} */ (
  /** @type {unknown} */ ({
    rate: "rate",
    dev: "dev",
    text: "text",
    mark: "mark",
  })
);
const ARM = { changes: {}, dev_costs: [], broke: null, diverges: false };

/** @returns {Foreseen} an arm that helps, one that diverges, one that breaks */
const foreseen = () => ({
  at: 10,
  end: 14,
  best: 0,
  arms: [
    {
      ...ARM,
      label: "×1",
      iterations: [12, 14],
      smoothed: { 0.9: [2, 1], 0.99: [2, 1.8] },
      dev_cost: 1.5,
    },
    {
      ...ARM,
      label: "×3",
      iterations: [12, 14],
      smoothed: { 0.9: [20, 40], 0.99: [20, 22] },
      dev_cost: 50,
      diverges: true,
    },
    {
      ...ARM,
      label: "×10",
      iterations: [],
      smoothed: { 0.9: [], 0.99: [] },
      dev_cost: null,
      broke: 11,
      diverges: true,
    },
  ],
});
const same = (/** @type {number} */ t) => t;

test("what is of before is told", () => {
  assert.deepEqual(
    [-1, 0, 1, 1200].map((passed) => further(passed)),
    ["", "", "The run has gone on by 1 iteration since.", "The run has gone on by 1,200 iterations since."],
  );
  assert.equal(further(200, 200), "The run has gone on by 200 iterations since.");
  assert.equal(
    further(12345, 200),
    "The run has gone on by 12,345 iterations since, beyond what was looked ahead: look ahead while it is paused to take" +
      " an arm where it begins.",
  );
});

test("what diverges is dotted, without an end, and has no say in the axis", () => {
  const traces = foreseenTraces(foreseen(), same, STYLE, (values) => values, null);
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
  assert.deepEqual(foreseenNumbers(foreseen(), null), [[2, 1], [1.5]]);
});

test("an arm is as smooth as the curve of the run", () => {
  const [first] = foreseenTraces(foreseen(), same, STYLE, (values) => values, 0.99);
  assert.deepEqual(first.y, [2, 1.8]);
});

test("the arm that is pointed at is the closest line within reach", () => {
  /** @type {Map<number, [number, number][]>} in pixels: two lines that are 8 apart, from 0 to 100 */
  const lines = new Map();
  lines.set(0, [
    [0, 60],
    [100, 60],
  ]);
  lines.set(1, [
    [0, 68],
    [50, 68],
    [100, 68],
  ]);
  lines.set(2, [
    [0, 200],
    [0, 300],
  ]);
  assert.deepEqual(
    [75, 65, 61, 40].map((y) => pointedAt(lines, [50, y])),
    [1, 1, 0, -1],
  );
  assert.deepEqual([pointedAt(lines, [113, 60]), pointedAt(lines, [115, 60])], [0, -1]); // beyond its end
  assert.equal(pointedAt(lines, [10, 250]), 2); // a line that goes straight down
  assert.equal(pointedAt(new Map(), [50, 60]), -1);
});

test("while a hand waits for a picture nothing else is drawn, and then all of it once", async () => {
  const began = performance.now();
  let drawn = 0;
  await new Promise((resolve) => {
    const turns = new Turns(() => resolve(++drawn));
    turns.next();
    turns.after(60);
    turns.next();
  });
  assert.ok(performance.now() - began >= 59);
  assert.equal(drawn, 1);
});

test("on a log axis nothing is below its foot", () => {
  const clamp = (/** @type {number[]} */ values) => values.map((v) => Math.max(v, 1.2));
  const [best] = foreseenTraces(foreseen(), same, STYLE, clamp, null);
  assert.deepEqual(best.y, [2, 1.2]);
});

test("nothing is drawn where nothing was foreseen", () => {
  assert.deepEqual([foreseenTraces(null, same, STYLE, same2, null), foreseenNumbers(null, null)], [[], []]);
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

test("what is under the hand is one line with its dev cost at its end, which is left out where it diverges", () => {
  const [helps, diverges] = foreseen().arms;
  const drawn = (/** @type {import("../../trainer/views/frontend/foreseen.js").Arm} */ arm) =>
    handTraces({ at: 10, end: 14, arm }, same, STYLE, same2, null).map(({ uid, x, y, line }) => [
      uid,
      x,
      y,
      line?.dash,
    ]);
  assert.deepEqual(drawn(helps), [
    ["hand", [12, 14], [2, 1], "solid"],
    ["hand-end", [14], [1.5], undefined],
  ]);
  assert.deepEqual(drawn(diverges), [
    ["hand", [12, 14], [20, 40], "dot"],
    ["hand-end", [], [], undefined],
  ]);
  assert.deepEqual(handNumbers({ at: 10, end: 14, arm: helps }, null), [[2, 1], [1.5]]);
  assert.deepEqual([handNumbers({ at: 10, end: 14, arm: diverges }, null), handNumbers(null, null)], [[], []]);
});

/** @param {number} iteration where the run is */
function charts(iteration) {
  const curve = new Curve();
  curve.now = { ...curve.now, iteration };
  /** @type {[number, number] | null} */
  let zoomed = null;
  const near = new Near(
    {
      zoomed: () => zoomed,
      zoom: (begin, end) => void (zoomed = [begin, end]),
      reset: () => void (zoomed = null),
    },
    curve,
  );
  return {
    near,
    zoomed: () => zoomed,
    zoom: (/** @type {[number, number] | null} */ to) => void (zoomed = to),
  };
}

test("of a long curve the end is zoomed to, and the whole of it comes back", () => {
  const { near, zoomed } = charts(10_000);
  near.show(10_000, 200);
  const first = zoomed();
  assert.deepEqual(first, [9_400, 10_210]);
  near.show(10_000, 200);
  assert.equal(zoomed(), first); // not drawn again
  near.show(10_100, 200);
  assert.deepEqual(zoomed(), [9_500, 10_310]);
  near.leave();
  assert.equal(zoomed(), null);
  const short = charts(1_000);
  short.near.show(1_000, 200);
  assert.equal(short.zoomed(), null);
});

test("the zoom of a person stays, unless a look-ahead is asked for by a press", () => {
  const { near, zoomed, zoom } = charts(10_000);
  zoom([1, 2]);
  near.show(10_000, 200);
  near.leave();
  assert.deepEqual(zoomed(), [1, 2]);
  near.show(10_000, 200, true);
  assert.deepEqual(zoomed(), [9_400, 10_210]);
  zoom(null); // Reset zoom
  near.leave();
  assert.equal(zoomed(), null);
});

test("a run that goes on is looked ahead of anew after a rest of ten times what it took, at least 3 s", () => {
  assert.equal(restedAfter(1_000, 1_050), 4_050);
  assert.equal(restedAfter(1_000, 2_000), 12_000);
  assert.deepEqual([isDue("running", 4_049, 4_050, 9), isDue("running", 4_050, 4_050, 0)], [false, true]);
  assert.deepEqual([isDue("paused", 9_000, 4_050, 0), isDue(undefined, 9_000, 4_050, 9)], [false, false]);
  assert.deepEqual([isDue("paused", 4_049, 4_050, 9)], [true]); // it was paused a moment ago
});

test("the picture of the α finder has its three lines, and marks the range, α in force and a limit that is near", () => {
  /** @type {import("../../trainer/views/frontend/alpha_picture.js").FoundAlpha} */
  const found = {
    at: 10,
    iterations: 200,
    present: 0.1,
    dev_cost: 0.5,
    learning_rates: [0.01, 0.1, 1],
    costs: [0.4, 0.2, null],
    dev_costs: [0.45, 0.3, null],
    range_test: { learning_rates: [0.01, 1], costs: [0.5, 90] },
    suggested: { low: 0.1, high: 0.1 },
    verdict: "suggested",
    limit: { text: "", learning_rate: 0.7 },
    text: "",
    notes: [],
  };
  assert.deepEqual(
    alphaTraces(found, STYLE).map(({ x, y }) => [x, y]),
    [
      [
        [0.01, 1],
        [0.5, 90],
      ],
      [[0.01, 0.1, 1], found.costs],
      [[0.01, 0.1, 1], found.dev_costs],
    ],
  );
  assert.deepEqual(costsInSight(found), [0.2, 2]); // what diverges leaves it
  const at = (/** @type {number | null} */ limit) =>
    alphaShapes({ ...found, limit: { text: "", learning_rate: limit } }, STYLE).map(({ x0, x1 }) => [x0, x1]);
  assert.deepEqual(at(0.7), [
    [0.1, 0.1],
    [0.1, 0.1],
    [0.7, 0.7],
  ]);
  assert.deepEqual(at(70), [
    [0.1, 0.1],
    [0.1, 0.1],
  ]);
});

test("a run that is over is to be resumed before it is looked ahead, where there is more of it", () => {
  serve({ over: ["idle", "finished", "stopped", "interrupted", "failed"] });
  const [resume, over] = [/^The run is stopped: resume it/, /^The run is over: nothing comes/];
  for (const state of ["stopped", "interrupted", "failed"]) assert.match(whyNot({ state, path: "a.panda" }), resume);
  assert.match(whyNot({ state: "finished", path: "a.panda" }), over);
  assert.match(whyNot({ state: "stopped", path: "" }), over); // its session was deleted
  assert.match(whyNot({}), over);
  const never = whyNot({ state: "running", path: "a.panda", not_ahead: "its data stay on disk" });
  assert.equal(never, "Nothing is looked ahead: its data stay on disk.");
  for (const state of ["running", "paused", "blocked"]) assert.equal(whyNot({ state, path: "a.panda" }), "");
});
