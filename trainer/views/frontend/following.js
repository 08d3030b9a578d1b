// @ts-check
// The x axis of the charts while nothing is zoomed.

import { served } from "./served.js";

/**
 * What was asked for, and a little ahead where α will go on falling. What was left further on is in sight too, as far
 * as the line itself keeps half of the chart, what is planned soon, and all that was foreseen.
 * @param {import("./frames.js").Curve} curve
 * @param {number | null} span where the view begins, see frames.py
 * @param {import("./traces.js").ToX} x
 * @returns {[number, number]}
 */
export function following({ start, now, forecast, abandoned, planned, foreseen, hand, status }, span, x) {
  const begin = span === null ? start : Math.max(start, now.iteration + span);
  const width = Math.max(now.iteration - begin, 1);
  const near = planned.map((plan) => plan.iteration).filter((t) => t <= now.iteration + 0.5 * width);
  const left = span === null ? Math.max(0, ...near, ...abandoned.map((part) => part.iterations.at(-1) ?? 0)) : 0;
  const reached = Math.max(now.iteration, foreseen?.end ?? 0, hand?.end ?? 0, Math.min(left, now.iteration + width));
  const goesOn = status.state === undefined || !served.over.includes(status.state);
  const ahead = forecast.iterations.length && goesOn ? 0.14 * width : 0.01 * width;
  return [x(begin), x(Math.max(now.iteration + ahead, reached + 0.01 * width, start + 1))];
}
