// @ts-check

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { inLabels, serve } from "../../trainer/views/frontend/served.js";
import {
  capital,
  changes,
  duration,
  epochs,
  fitting,
  full,
  grouping,
  measured,
  percent,
  remaining,
  short,
  steady,
  visible,
  whole,
} from "../../trainer/views/frontend/text.js";
import { trouble } from "../../trainer/views/frontend/trouble.js";

test("whole numbers are written in groups of three digits", () => {
  assert.equal(whole(1234567), "1,234,567");
  assert.equal(whole(0), "0");
  for (const nothing of [null, undefined, "nan"]) assert.equal(whole(nothing), "–");
});

test("a sentence begins with a capital, but a symbol is no letter of it", () => {
  assert.equal(capital("the cost"), "The cost");
  assert.equal(capital("α = 0.1 ends on"), "α = 0.1 ends on");
  assert.equal(trouble({ remarks: ["β → 2 is not allowed"] }, "open", undefined)[0], "β → 2 is not allowed.");
});

test("the time that is left is told in units that do not flicker", () => {
  const told = [0.2, 24.3, 59.9, 60, 61, 3540, 3541, 7500, 86400].map(remaining);
  assert.deepEqual(told, ["1 s", "25 s", "60 s", "1 min", "2 min", "59 min", "1 h", "2 h 5 min", "24 h"]);
});

test("epochs have two digits after the point", () => {
  assert.equal(epochs(3), "3.00");
  assert.equal(epochs(1234.567), "1,234.57");
  assert.equal(epochs(null), "–");
});

test("iterations within a sentence are grouped, other numbers are not", () => {
  assert.equal(grouping("stopped at iteration 12345, 12345 of 20000"), "stopped at iteration 12,345, 12345 of 20000");
  assert.equal(grouping("at iteration 999"), "at iteration 999");
});

test("short numbers have a number of digits and never one too many", () => {
  assert.equal(short(0.1), "0.1");
  assert.equal(short(0.123456), "0.1235");
  assert.equal(short(0.123456, 2), "0.12");
  assert.equal(short(300), "300");
  assert.equal(short(1234567), "1234567");
  assert.equal(short(2.504006586450991e23), "2.504e23"); // whole by its size alone
  assert.equal(short(0.00012345), "1.234e-4");
  assert.equal(short(1e-8), "1e-8");
  assert.equal(short(-0.25), "-0.25");
  assert.equal(short(0), "0");
});

test("numbers that are set and that were measured are written as Python writes them", () => {
  /** @type {{ value: number, set: string, measured: string }[]} */
  const table = JSON.parse(readFileSync(new URL("numbers.json", import.meta.url), "utf8"));
  for (const { value, set, measured: rounded } of table) {
    assert.deepEqual([short(value), measured(value)], [set, rounded]);
  }
  assert.deepEqual(
    [NaN, Infinity, -Infinity].map((value) => measured(value)),
    ["nan", "inf", "-inf"],
  );
});

test("of a number just below 1 the distance to 1 has the digits", () => {
  assert.equal(short(0.9995), "0.9995");
  assert.equal(short(0.99954321), "0.9995432");
  assert.equal(short(0.99999999), "0.99999999");
});

test("words and nothing stand as they are", () => {
  assert.equal(short("nan"), "nan");
  assert.equal(short(undefined), "–");
  assert.equal(steady("inf", 4), "inf");
  assert.equal(steady(null, 4), "–");
});

test("a number in full leaves out its last bit only", () => {
  assert.equal(full(0.1 * 1.1), "0.11");
  assert.equal(full(0.1 / 3), "0.0333333333333333");
  assert.equal(full(0.00150655), "0.00150655");
});

test("what does not fit into a knob's box is shortened to ten characters", () => {
  assert.equal(fitting(0.00150655), "0.00150655");
  assert.equal(fitting(0.1 / 3), "0.03333333");
  assert.equal(fitting(1.23456789e-5), "1.23457e-5");
  assert.equal(fitting(0.99999999), "0.99999999");
  for (const value of [1 / 3, 2 / 3e4, 0.999543211234, 1e-30, 123.456789012]) {
    assert.ok(fitting(value).length <= 10, fitting(value));
    assert.ok(Math.abs(Number(fitting(value)) / value - 1) < 1e-4);
  }
});

test("steady numbers keep their digits", () => {
  assert.equal(steady(0.5, 4), "0.5000");
  assert.equal(steady(12.34567, 4), "12.3457");
  assert.equal(steady(0.0001234, 4), "1.23e-4");
  assert.equal(steady(12345678, 4), "1.23e7");
  assert.equal(steady(0, 4), "0.0000");
});

test("shares are written in hundredths of a percent", () => {
  assert.equal(percent(0.98765), "98.77%");
  assert.equal(percent(undefined), "–");
});

test("durations are in seconds, minutes, hours", () => {
  assert.equal(duration(0.25), "0.3 s");
  assert.equal(duration(59.94), "59.9 s");
  assert.equal(duration(60), "1:00 min");
  assert.equal(duration(3599), "59:59 min");
  assert.equal(duration(3845), "1:04:05 h");
});

test("changes are written by the symbols that the server says", () => {
  serve({ symbols: { learning_rate: "α", momentum: "β" } });
  const before = { learning_rate: 0.1, momentum: 0.9, optimizer: "adam" };
  const after = { learning_rate: 0.1 / 3, momentum: 0.95, optimizer: "gd" };
  assert.equal(changes({ before, after }), "α 0.1 → 0.03333, β 0.9 → 0.95, optimizer adam → gd");
});

test("what is hidden or turns the direction is written as its code, and lines stay lines", () => {
  assert.equal(
    visible("a\u202eb\u200bc\x1b[2J\x9b\x7f\ufeff\u2028"),
    "a\\u202eb\\u200bc\\x1b[2J\\x9b\\x7f\\ufeff\\u2028",
  );
  assert.equal(visible("α → 字\tb\nc 🐼"), "α → 字\tb\nc 🐼");
  assert.equal(visible("\ud800"), "\\ud800");
});

test("what was measured is rounded, however large it is, and whole or not", () => {
  const said = [204963000, 5.48887e35, 12345, 0.277123, 1, 0, -3e-7].map((value) => measured(value));
  assert.deepEqual(said, ["2.05e8", "5.49e35", "12300", "0.277", "1", "0", "-3e-7"]);
});

test("a sentence has the labels of the controls for names that are no words", () => {
  const knob = { kind: "linear", low: -3, high: 3, whole: false, off: false, symbol: "", fold: "", unsaid: null };
  const labels = { input_shift: "Input shift", momentum: "Momentum β", beta2: "β₂" };
  const named = Object.entries(labels).map(([name, label]) => ({ ...knob, name, label, help: "", needs: null }));
  serve({ knobs: /** @type {import("../../trainer/views/frontend/knobs.js").NumberSpec[]} */ (named) });
  assert.equal(
    inLabels("input_shift must be a number, but got 'input_shift'"),
    "Input shift must be a number, but got 'input_shift'",
  );
  assert.equal(inLabels("beta2 and momentum, not beta2.panda"), "β₂ and momentum, not beta2.panda");
  serve({ knobs: [] });
  assert.equal(inLabels("input_shift"), "input_shift");
});
