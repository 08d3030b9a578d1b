// @ts-check
// When a run that goes on is looked ahead of anew: calmly, so that it keeps its speed.

const REST = 10; // times what the last one took
const LEAST_REST = 3000; // milliseconds

/**
 * Whether it is time; a run that is paused is where it was.
 * @param {string | undefined} state
 * @param {number} now in milliseconds
 * @param {number} rested as `restedAfter`
 */
export const isDue = (state, now, rested) => state === "running" && now >= rested;

/**
 * When it may be looked ahead anew.
 * @param {number} began when the last one did, in milliseconds
 * @param {number} ended
 */
export const restedAfter = (began, ended) => ended + Math.max(LEAST_REST, REST * (ended - began));
