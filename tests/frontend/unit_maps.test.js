// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { to } from "../../trainer/views/frontend/unit_maps.js";

test("before the first units and after the last ones there are no others", () => {
  const maps = (/** @type {number} */ first, /** @type {number} */ n) => ({ first, units: 300, maps: Array(n) });
  const ways = [maps(0, 128), maps(128, 128), maps(256, 44)].map((drawn) => [to(drawn, -1), to(drawn, 1)]);
  assert.deepEqual(ways, [
    [0, 128],
    [127, 256],
    [255, 256],
  ]);
  assert.deepEqual([to({ ...maps(0, 5), units: 5 }, -1), to({ ...maps(0, 5), units: 5 }, 1)], [0, 0]);
});
