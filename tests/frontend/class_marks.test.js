// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { COLORS, MARKS, clipOf, colorOf, shapeOf } from "../../trainer/views/frontend/class_marks.js";

/** @param {string} hex */
const linear = (hex) =>
  [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)); // prettier-ignore

/** @param {string} hex */
const luminance = (hex) => linear(hex).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);

/**
 * Contrast of two colours, as WCAG has it.
 * @param {string} a
 * @param {string} b
 */
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((u, v) => u - v);
  return (high + 0.05) / (low + 0.05);
}

/** @param {string} hex in CIE L*a*b* */
function lab(hex) {
  const [r, g, b] = linear(hex);
  const [x, y, z] = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ].map((v) => (v > 0.008856 ? Math.cbrt(v) : 7.787 * v + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test("ten classes have ten colours that are told apart and seen, on a light and on a dark page", () => {
  assert.equal(COLORS, 10);
  for (const [dark, ground] of /** @type {[boolean, string][]} */ ([
    [false, "#fbfaf6"],
    [true, "#161a17"],
  ])) {
    // prettier-ignore
    const colors = Array.from({ length: COLORS }, (_, k) => colorOf(k, dark));
    colors.forEach((a, i) => {
      assert.ok(contrast(a, ground) >= 3, `${a} on ${ground}: ${contrast(a, ground)}`);
      for (const b of colors.slice(0, i)) {
        const apart = Math.hypot(...lab(a).map((v, c) => v - lab(b)[c]));
        assert.ok(apart >= 20, `${a} and ${b}: ${apart}`);
      }
    });
  }
});

test("from the eleventh class on marks have another shape", () => {
  const marks = Array.from({ length: MARKS }, (_, k) => `${colorOf(k, false)} ${clipOf(shapeOf(k))}`);
  assert.equal(new Set(marks).size, MARKS);
  assert.equal(colorOf(10, false), colorOf(0, false));
  assert.notEqual(clipOf(shapeOf(10)), clipOf(shapeOf(0)));
  assert.equal(colorOf(MARKS + 3, true), colorOf(3, true));
  assert.deepEqual(shapeOf(MARKS + 3), shapeOf(3));
});
