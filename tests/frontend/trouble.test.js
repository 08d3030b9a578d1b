// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { trouble } from "../../trainer/views/frontend/trouble.js";

const NAN = { state: "paused", reason: "the cost of iteration 1235 is not a finite number", path: "sessions/s.panda" };

/**
 * @param {import("../../trainer/views/frontend/frames.js").Status} status
 * @param {{ iteration: number }} [latest]
 */
const said = (status, latest) => trouble(status, "open", latest)[0];

test("after a cost that is not finite, only ways back that there are", () => {
  const at = { ...NAN, iteration: 1234 };
  const branch = "a branch from an earlier iteration, on the Sessions page.";
  assert.match(said(at), new RegExp(`To go back: ${branch}$`));
  assert.match(said(at, { iteration: 1200 }), /To go back: Undo, to before the change at iteration 1,200, or a branch/);
  assert.equal(said({ ...NAN, iteration: 0 }), "The cost of iteration 1,235 is not a finite number.");
  assert.match(
    said({ ...NAN, iteration: 0 }, { iteration: 0 }),
    /To go back: Undo, to before the change at iteration 0\.$/,
  );
  assert.doesNotMatch(said({ ...at, path: "" }), /Sessions/);
});

test("Resume is named only where there is something to go on with", () => {
  const resume = /Resume/;
  for (const state of ["failed", "interrupted", "stopped", "finished"]) {
    assert.match(said({ state, reason: "why", path: "sessions/s.panda" }), resume, state);
    assert.doesNotMatch(said({ state, reason: "why", path: "" }), resume, state);
  }
});

test("what needs nothing to be done says nothing", () => {
  for (const state of ["idle", "running", "paused"]) assert.equal(said({ state, path: "sessions/s.panda" }), "");
});
