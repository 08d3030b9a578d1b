// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { fromUnit, toUnit } from "../../trainer/views/frontend/scales.js";

/** @typedef {import("../../trainer/views/frontend/scales.js").Scale} Scale */

/** @type {Scale} */
const ALPHA = { kind: "log", low: 1e-4, high: 1 };
/** @type {Scale} */
const BETA = { kind: "1-log", low: 0, high: 0.999 };
/** @type {Scale} */
const LAMBDA = { kind: "log", low: 1e-6, high: 0.1, off: true };
/** @type {Scale} */
const BATCH = { kind: "log", low: 16, high: 512, whole: true };
/** @type {Scale} */
const UNITS = { kind: "linear", low: 50, high: 100, whole: true };

/**
 * @param {number} got
 * @param {number} expected
 */
const near = (got, expected) => assert.ok(Math.abs(got - expected) < 1e-9, `${got} is not ${expected}`);

test("α has as much room for 1e-4 to 1e-3 as for 0.1 to 1", () => {
  for (const [r, alpha] of [
    [0, 1e-4],
    [0.25, 1e-3],
    [0.5, 1e-2],
    [0.75, 1e-1],
    [1, 1],
  ]) {
    near(toUnit(ALPHA, alpha), r);
    near(fromUnit(ALPHA, r) / alpha, 1);
  }
});

test("of β, the distance to 1 is on a log scale", () => {
  for (const [r, beta] of [
    [0, 0],
    [1 / 3, 0.9],
    [2 / 3, 0.99],
    [1, 0.999],
  ]) {
    near(toUnit(BETA, beta), r);
    near(fromUnit(BETA, r), beta);
  }
});

test("a linear scale is linear, and whole where it is said to be", () => {
  near(toUnit(UNITS, 75), 0.5);
  assert.equal(fromUnit(UNITS, 0.509), 75);
});

test("a whole number stays one on a log scale", () => {
  assert.equal(fromUnit(BATCH, 0.4), 64);
  assert.equal(fromUnit(BATCH, 0.41), 66);
});

test("the leftmost place of what can be switched off is 0, which no logarithm reaches", () => {
  assert.equal(fromUnit(LAMBDA, 0), 0);
  assert.equal(toUnit(LAMBDA, 0), 0);
  near(fromUnit(LAMBDA, 0.2), 1e-5);
  near(fromUnit(ALPHA, 0), 1e-4);
});

test("values beyond the ends sit at the ends", () => {
  assert.equal(toUnit(ALPHA, 1e-9), 0);
  assert.equal(toUnit(ALPHA, 50), 1);
  assert.equal(toUnit(BETA, 0.99999), 1);
});

test("every place is found again", () => {
  for (const scale of [ALPHA, BETA, LAMBDA]) {
    for (let r = 0; r <= 1; r += 1 / 64) near(toUnit(scale, fromUnit(scale, r)), r);
  }
});
