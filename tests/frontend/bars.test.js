// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { likely } from "../../trainer/views/frontend/bars.js";

test("a probability is in per cent, and neither 0 nor 1 unless it is", () => {
  assert.deepEqual([0, 1e-300, 4.8e-5, 5e-5, 0.5].map(likely), ["0.00%", "<0.01%", "<0.01%", "0.01%", "50.00%"]);
  assert.deepEqual([0.9999, 0.99996, 1].map(likely), ["99.99%", ">99.99%", "100.00%"]);
});
