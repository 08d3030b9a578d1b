// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { Playhead, SPEEDS, USUAL } from "../../trainer/views/frontend/playhead.js";

/** @param {number[]} iterations */
const stopsAt = (...iterations) => iterations.map((iteration) => ({ iteration, kind: "note" }));

/** A playhead of a run from iteration 100 to 1100 with stops at 300, 300 and 700. */
function playhead() {
  const head = new Playhead();
  head.span(100, 1100, stopsAt(300, 300, 700));
  return head;
}

const EVEN = { toSeconds: (/** @type {number} */ t) => t / 50, toIteration: (/** @type {number} */ s) => s * 50 };

test("a playhead begins at the end, and stays there as the run gets longer", () => {
  const head = playhead();
  assert.equal(head.iteration, 1100);
  head.span(100, 1500, []);
  assert.equal(head.iteration, 1500);
  head.move(400);
  head.span(100, 1600, []);
  assert.equal(head.iteration, 400);
});

test("it does not leave the run", () => {
  const head = playhead();
  head.move(-5);
  assert.equal(head.iteration, 100);
  head.move(5000);
  assert.equal(head.iteration, 1100);
});

test("between two iterations it is at the earlier one", () => {
  const head = playhead();
  head.move(199.99);
  assert.equal(head.iteration, 199);
});

test("all in 20 s takes 20 s whatever the clock", () => {
  const head = playhead();
  head.move(100);
  assert.equal(head.after(10, "all in 20 s", EVEN), 600);
  assert.equal(head.after(20, "all in 20 s", EVEN), 1100);
});

test("real time follows the clock of the training, and ten times it", () => {
  const head = playhead();
  head.move(100);
  assert.equal(head.after(2, "real time", EVEN), 200);
  assert.equal(head.after(2, "10 × real time", EVEN), 1100);
});

test("it never goes back, whatever the clock says", () => {
  const head = playhead();
  head.move(500);
  assert.equal(head.after(1, "real time", { ...EVEN, toIteration: () => 3 }), 500);
});

test("every speed that can be chosen moves it", () => {
  const head = playhead();
  head.move(200);
  assert.ok(USUAL in SPEEDS);
  for (const speed of Object.keys(SPEEDS)) assert.ok(head.after(1, speed, EVEN) > 200, speed);
});

test("from stop to stop, and to the ends", () => {
  const head = playhead();
  for (const [at, forward, backward] of [
    [100, 300, 100],
    [300, 700, 100],
    [301, 700, 300],
    [700, 1100, 300],
    [1100, 1100, 700],
  ]) {
    head.move(at);
    assert.equal(head.next(1), forward);
    assert.equal(head.next(-1), backward);
  }
});

test("a large step is a hundredth of the run, at least one iteration", () => {
  assert.equal(playhead().hundredth, 10);
  const short = new Playhead();
  short.span(0, 7, []);
  assert.equal(short.hundredth, 1);
});

test("stops have places along the scrubber, one each", () => {
  assert.deepEqual(
    [...playhead().places()],
    [
      [20, "note"],
      [60, "note"],
    ],
  );
});

test("an iteration can be typed with commas; what is none of the run is refused", () => {
  const head = playhead();
  assert.equal(head.typed(" 1,100 "), 1100);
  for (const wrong of ["", "99", "1101", "200.5", "abc", "1e9"]) assert.equal(head.typed(wrong), null, wrong);
});
