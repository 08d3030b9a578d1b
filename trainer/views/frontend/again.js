// @ts-check
// When a run that goes on is looked ahead of anew: calmly, so that it keeps its speed.

const REST = 10; // times what the last one took
const LEAST_REST = 3000; // milliseconds

/**
 * Whether it is time: once more where a run came to be paused, and then it is where it was.
 * @param {string | undefined} state
 * @param {number} now in milliseconds
 * @param {number} rested as `restedAfter`
 * @param {number} passed iterations since it was looked ahead
 */
export const isDue = (state, now, rested, passed) =>
  (state === "running" && now >= rested) || (state === "paused" && passed > 0);

/**
 * When it may be looked ahead anew.
 * @param {number} began when the last one did, in milliseconds
 * @param {number} ended
 */
export const restedAfter = (began, ended) => ended + Math.max(LEAST_REST, REST * (ended - began));
