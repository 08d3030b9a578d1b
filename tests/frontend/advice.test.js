// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { captionOf, chosen } from "../../trainer/views/frontend/advice.js";
import { Advised } from "../../trainer/views/frontend/advised.js";

/** @param {number} iteration */
const running = (iteration) => ({ state: "running", path: "s.panda", run: "r1", iteration });

const evidence = { label: "", iterations: [], values: [], usual: 0 };

/**
 * What is said of a run, and a server whose answers come when they are let go.
 * @param {import("node:test").TestContext} t
 */
function heard(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {((response: Response) => void)[]} */
  const questions = [];
  t.mock.method(globalThis, "fetch", () => new Promise((answer) => questions.push(answer)));
  /** @type {(string[] | null)[]} */
  const told = [];
  const advised = new Advised(
    "",
    () => true,
    (advice) => told.push(advice && advice.map(({ rule }) => rule)),
  );
  /** @param {...string} rules */
  const answer = async (...rules) => {
    questions.shift()?.(new Response(JSON.stringify(rules.map((rule) => ({ rule })))));
    for (let i = 0; i < 20; i += 1) await new Promise((done) => setImmediate(done));
  };
  return { advised, told, questions, answer };
}

test("advice is asked for once more after the last news, which came while a question was on its way", async (t) => {
  const { advised, told, questions, answer } = heard(t);
  advised.show(running(100), 0);
  t.mock.timers.tick(0);
  advised.show({ ...running(6176), state: "paused" }, 0); // it diverged
  await answer();
  t.mock.timers.tick(2000);
  assert.equal(questions.length, 1);
  await answer("diverging");
  assert.deepEqual(told, [[], ["diverging"]]);
  t.mock.timers.tick(60_000);
  assert.equal(questions.length, 0); // all is known
});

test("news within the rest after an answer is asked about when that is over", async (t) => {
  const { advised, told, questions, answer } = heard(t);
  advised.show(running(100), 0);
  t.mock.timers.tick(0);
  await answer();
  advised.show({ ...running(6176), state: "paused" }, 0);
  assert.equal(questions.length, 0);
  t.mock.timers.tick(2000);
  await answer("diverging");
  assert.deepEqual(told, [[], ["diverging"]]);
});

test("of a run that has come to its end advice is asked for too", async (t) => {
  const { advised, told, answer } = heard(t);
  advised.show({ ...running(1500), state: "finished" }, 0);
  t.mock.timers.tick(0);
  await answer("α too high");
  assert.deepEqual(told, [["α too high"]]);
});

test("a change at the same iteration is news, and of a run that is over nothing is said", async (t) => {
  const { advised, told, questions, answer } = heard(t);
  advised.show(running(100), 0);
  t.mock.timers.tick(0);
  await answer("plateau");
  advised.show(running(100), 1);
  t.mock.timers.tick(2000);
  await answer();
  advised.show(running(200), 1);
  t.mock.timers.tick(2000);
  advised.show({ ...running(200), state: "stopped" }, 1);
  await answer("plateau");
  assert.deepEqual(told, [["plateau"], [], null]);
  t.mock.timers.tick(2000);
  assert.equal(questions.length, 0);
});

test("the caption of the evidence holds the means that the sentence tells", () => {
  assert.equal(captionOf("cost J", [1.1, 0.2123, 1.3, 0.541], 0), "cost J between 0.212 and 1.3, drawn from 0");
  assert.equal(captionOf("cosine", [-0.1, 0.541], 0), "cosine between -0.1 and 0.541");
  assert.equal(captionOf("z", [204963000, 5.48887e35], 1.4), "z between 2.05e8 and 5.49e35; 1.4 is usual");
});

test("what somebody is at stays, and does nothing where it holds no more", () => {
  const [one, other, changed] = [
    ["diverging", "α 1"],
    ["dead units", "Adam, α 0.001"],
    ["diverging", "α 0.1"],
  ].map(([rule, action]) => ({ rule, action, sentence: "", series: "", begin: 0, end: 0, changed: 0, evidence }));
  assert.deepEqual(chosen([other, one], [], one), { first: one, holds: true });
  assert.deepEqual(chosen([other], [], one), { first: one, holds: false });
  assert.deepEqual(chosen([changed], [], one), { first: one, holds: false });
  assert.deepEqual(chosen([], [], one), { first: one, holds: false });
  assert.deepEqual(chosen([other, one], []), { first: other, holds: true });
  assert.deepEqual(chosen([other, one], ["diverging"], one), { first: other, holds: true });
  assert.deepEqual(chosen([], [], undefined), { first: undefined, holds: true });
});
