// @ts-check

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Comparing } from "../../trainer/views/frontend/comparing.js";
import { Curve } from "../../trainer/views/frontend/frames.js";

const ARM = {
  label: "×3",
  iterations: [12, 14],
  smoothed: { 0.9: [2, 1] },
  changes: {},
  dev_cost: 1.5,
  dev_costs: [],
  broke: null,
  diverges: false,
};
const COMPARED = "×3, dev cost at iteration 14: foreseen 1.5, came 1.25.";

/** @type {((answer: Response) => void)[]} one for each time that it was asked for */
let asked = [];
/** @type {string[]} */
let told = [];
const fetched = globalThis.fetch;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  [asked, told] = [[], []];
  globalThis.fetch = () => new Promise((resolve) => asked.push(resolve));
});

afterEach(() => {
  mock.timers.reset();
  globalThis.fetch = fetched;
});

/** Of a run that has come to the end of what was foreseen. */
function comparing() {
  const curve = new Curve();
  curve.tracks.dev.columns.iteration = [16];
  curve.tracks.dev.columns.cost = [1];
  return new Comparing({ curve, run: "" }, ({ text }) => told.push(text));
}

const answer = () => new Response(JSON.stringify({ smoothed: {}, dev_cost: 1.25 }));
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("what came is asked for again where no answer comes, and told once", async () => {
  const made = comparing();
  made.show(ARM, 14);
  made.show(ARM, 14); // there is more news of the run meanwhile
  assert.equal(asked.length, 1);
  asked[0](new Response("not now", { status: 500 }));
  await settled();
  made.show(ARM, 14);
  assert.deepEqual([asked.length, told], [1, []]);
  mock.timers.tick(2000);
  asked[1](answer());
  await settled();
  made.show(ARM, 14);
  assert.deepEqual([asked.length, told], [2, [COMPARED]]);
});

test("nothing is told of what is not looked ahead any more, nor asked for again", async () => {
  const made = comparing();
  made.show(ARM, 14);
  made.leave();
  assert.equal(made.any, false);
  asked[0](answer());
  await settled();
  made.show(ARM, 14);
  asked[1](new Response("not now", { status: 500 }));
  await settled();
  made.leave();
  mock.timers.tick(2000);
  assert.deepEqual([asked.length, told], [2, []]);
});
