// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { spreadText } from "../../trainer/views/frontend/arms.js";
import { changedSince } from "../../trainer/views/frontend/foreseen.js";
import { plannedSince } from "../../trainer/views/frontend/premises.js";
import { bringsText } from "../../trainer/views/frontend/under_hand.js";

/** An arm that helps, and one that diverges. */
const ARMS = [
  { label: "×1", dev_cost: 1.5, diverges: false },
  { label: "×3", dev_cost: 50, diverges: true },
].map((arm) => ({ ...arm, iterations: [], smoothed: {}, changes: {}, dev_costs: [], broke: null }));

test("a change within what was foreseen ends it, also after an arm was taken where it began", () => {
  const arm = { ...ARMS[0], changes: { learning_rate: 0.3 } };
  const mark = (/** @type {number} */ iteration, /** @type {number} */ rate) => ({
    iteration,
    epoch: 0,
    author: "test",
    note: "",
    before: {},
    after: { learning_rate: rate },
  });
  const since = (
    /** @type {ReturnType<typeof mark>[]} */ marks,
    taken = true,
    planned = /** @type {number[]} */ ([]),
  ) => {
    const { made, other } = changedSince(
      { at: 10, end: 14, arms: ARMS, best: 0 },
      marks,
      new Set(planned),
      taken ? arm : null,
    );
    return [made, other?.iteration];
  };
  assert.deepEqual(since([]), [false, undefined]);
  assert.deepEqual(since([mark(10, 0.3)]), [true, undefined]);
  assert.deepEqual(since([mark(10, 0.3), mark(12, 0.1)]), [true, 12]);
  assert.deepEqual(since([mark(10, 0.3), mark(12, 0.1)], true, [12]), [true, undefined]);
  assert.deepEqual(since([mark(10, 0.3), mark(14, 0.1)]), [true, undefined]); // all that was foreseen has come
  assert.deepEqual(since([mark(11, 0.3)]), [false, 11]);
  assert.deepEqual(since([mark(9, 0.1), mark(12, 0.1)], false), [false, 12]);
});

test("what is planned anew, or is planned no more, within what was foreseen ends it", () => {
  const plan = (/** @type {string} */ name, /** @type {number} */ iteration) => ({ plan: name, iteration });
  const since = (
    /** @type {ReturnType<typeof plan>[]} */ before,
    /** @type {ReturnType<typeof plan>[]} */ after,
    here = 10,
  ) => plannedSince({ end: 1014 }, before, after, here);
  assert.equal(since([], []), "");
  assert.equal(since([], [plan("a", 1012)]), "something was planned, at iteration 1,012");
  assert.equal(since([], [plan("a", 1014)]), ""); // beyond what was foreseen
  assert.equal(since([plan("a", 1012)], [plan("a", 1012)]), "");
  assert.equal(since([plan("a", 1012)], []), "what was planned at iteration 1,012 was taken back");
  assert.equal(since([plan("a", 1014)], []), "");
  assert.equal(since([plan("a", 1012)], [], 1012), ""); // it was made there
  const another = since([plan("a", 1012)], [plan("b", 1012)]);
  assert.equal(another, "something was planned, at iteration 1,012");
});

test("what an edit brings comes in so many iterations, and what diverges does so within them", () => {
  const [good, bad] = ARMS;
  const told = { at: 1200, iterations: 5000, dev_cost: 2, remark: "" };
  assert.equal(
    bringsText({ ...told, arms: [good] }),
    "×1 would bring dev cost 2 → 1.5, in 5,000 iterations from 1,200 on.",
  );
  assert.equal(bringsText({ ...told, arms: [bad] }), "×3 would diverge within 5,000 iterations from 1,200 on.");
  const remark = "α → 0.1 at iteration 12345";
  const bounded = "×3 would diverge within 5,000 iterations from 1,200 on (α → 0.1 at iteration 12,345).";
  assert.equal(bringsText({ ...told, remark, arms: [bad] }), bounded);
});

test("the spread of an arm holds its own dev cost", () => {
  const [arm] = ARMS;
  assert.equal(spreadText(arm), "");
  assert.equal(spreadText({ ...arm, dev_costs: [1.2, null, 1.3] }), " (1.2 to 1.5)");
  assert.equal(spreadText({ ...arm, dev_costs: [null] }), " (others diverge)");
});
