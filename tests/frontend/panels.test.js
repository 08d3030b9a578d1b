// @ts-check

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Curve } from "../../trainer/views/frontend/frames.js";
import { panels } from "../../trainer/views/frontend/panels.js";
import { headingOf, labelOf, serve } from "../../trainer/views/frontend/served.js";

/** @typedef {import("../../trainer/views/frontend/served.js").Series} Series */

const STYLE = /** @type {import("../../trainer/views/frontend/palette.js").Palette} */ ({});
const OPTIONS = { logarithmic: true, smoothing: 0.99, coarse: 1, hidden: /** @type {Set<string>} */ (new Set()) };

/**
 * @param {string} label
 * @param {string} panel
 * @param {Partial<Series>} more
 * @returns {Series}
 */
const entry = (label, panel, more = {}) => ({
  label,
  panel,
  help: `${label}.`,
  scale: "linear",
  percent: false,
  smoothed: false,
  measured: false,
  ...more,
});

const OWN = {
  cost: entry("cost J", "Cost J"),
  dev_cost: entry("dev cost", "Cost J"),
  dev_accuracy: entry("dev accuracy", "Dev accuracy"),
  learning_rate: entry("learning rate α", "Learning rate α"),
};

beforeEach(() => serve({ series: OWN }));

/** A curve that was evaluated at iterations 10 and 20, with a further series. */
function evaluated() {
  const curve = new Curve();
  const columns = { iteration: [10, 20], norm: [3, 5], normLow: [2, 5], normHigh: [4, 6] };
  Object.assign(curve.tracks.dev.columns, columns);
  return curve;
}

/** @param {import("../../trainer/views/frontend/panels.js").Panel} panel */
const draw = (panel) => panel.draw(evaluated(), (t) => t / 10, STYLE, OPTIONS);

test("series of one panel share a chart, in the order of the server; the last has the title of the x axis", () => {
  const found = panels();
  assert.deepEqual(
    found.map((panel) => [panel.name, panel.heading, panel.legend, panel.title]),
    [
      ["cost", "Cost J", true, false],
      ["accuracy", "Dev accuracy", false, false],
      ["rate", "Learning rate α", false, true],
    ],
  );
  assert.equal(found[0].help, "cost J. dev cost.");
});

test("a further series of a panel of its own has its chart, with what it is called", () => {
  serve({ series: { ...OWN, norm: entry("norm of θ", "Norm", { measured: true }) } });
  const panel = panels()[3];
  assert.deepEqual([panel.name, panel.heading, panel.title, panels()[2].title], ["norm", "Norm", true, false]);
  const { traces, y } = draw(panel);
  assert.deepEqual(
    traces.map((trace) => [trace.uid, trace.x, trace.y]),
    [
      ["norm low", [1, 2], [2, 5]],
      ["norm tonexty", [1, 2], [4, 6]],
      ["norm of θ", [1, 2], [3, 5]],
    ],
  );
  assert.equal(y.type, "linear");
  assert.ok(y.range[0] < 2 && y.range[1] > 6);
});

test("its axis is logarithmic where the server says so", () => {
  serve({ series: { norm: entry("norm of θ", "Norm", { measured: true, scale: "log" }) } });
  const { y } = draw(panels()[0]);
  assert.equal(y.type, "log");
  assert.ok(10 ** y.range[0] < 2 && 10 ** y.range[1] > 6);
});

test("before anything was measured its axis is there", () => {
  serve({ series: { norm: entry("norm of θ", "Norm", { measured: true }) } });
  const { traces, y } = panels()[0].draw(new Curve(), (t) => t, STYLE, OPTIONS);
  assert.deepEqual(traces[2].y, []);
  assert.deepEqual(y.range, [0, 1]);
});

test("a further series of a panel that is there is drawn in its chart", () => {
  serve({ series: { ...OWN, norm: entry("norm of θ", "Dev accuracy", { measured: true }) } });
  const found = panels();
  assert.equal(found.length, 3);
  const uids = draw(found[1]).traces.map((trace) => trace.uid);
  assert.ok(uids.includes("dev accuracy") && uids.includes("norm of θ"), uids.join());
});

test("a series is called as the server calls it", () => {
  serve({ series: { ...OWN, dev_cost: entry("cost of the dev set", "Cost J") } });
  assert.equal(labelOf("dev_cost"), "cost of the dev set");
  assert.equal(headingOf("dev_cost"), "Cost of the dev set");
  const uids = draw(panels()[0]).traces.map((trace) => trace.uid);
  assert.ok(uids.includes("cost of the dev set"), uids.join());
});
