// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { howFar } from "../../trainer/views/frontend/status.js";

test("where a run pauses is told before where it ends", () => {
  const status = { iteration: 1000, iterations: 300_000, iterations_per_second: 100 };
  assert.equal(howFar(status), "of 300,000 · 50 min left");
  assert.equal(howFar({ ...status, pause_at: 2000 }), "pauses at 2,000 · 10 s left");
  assert.equal(howFar({ ...status, pause_at: 2000, iterations_per_second: 0 }), "pauses at 2,000");
  assert.equal(howFar({ iteration: 5 }), "");
});
