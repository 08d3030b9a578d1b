// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { howShown } from "../../trainer/views/frontend/worst.js";

/** @typedef {import("../../trainer/views/frontend/worst.js").Wrong} Wrong */

/**
 * @param {boolean} image
 * @param {number} columns
 * @returns {Wrong}
 */
const wrong = (image, columns) => ({
  number: 0,
  is: 0,
  loss: 1,
  probabilities: [[0, 1]],
  image: image ? { height: 1, width: 1, grey: "AA==" } : null,
  columns: Array(columns).fill(["x", "0"]),
});

test("images are said to be shifted where the dev set is", () => {
  const worst = [wrong(true, 0)];
  assert.match(howShown({ worst, inputs: 64, dev_shifted: true }), /^Images are as they are after the shift/);
  assert.equal(howShown({ worst, inputs: 64, dev_shifted: false }), "");
});

test("of rows with more inputs than are told it is said how many there are", () => {
  assert.equal(
    howShown({ worst: [wrong(false, 4)], inputs: 30, dev_shifted: false }),
    "The first 4 of 30 inputs of each.",
  );
  assert.equal(howShown({ worst: [wrong(false, 2)], inputs: 2, dev_shifted: true }), "");
  assert.equal(howShown({ worst: [], inputs: 2, dev_shifted: true }), "");
});
