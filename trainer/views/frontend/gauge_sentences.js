// @ts-check
// What is told of the gauges beside their charts, in sentences: which layers are drawn, why lines are broken, why gauges
// are not there, and in how much of the training time they are measured.

import { element, write } from "./element.js";
import { evenly } from "./gauge_table.js";
import { percent, whole } from "./text.js";

/** @typedef {import("./gauge_table.js").GaugeTable} GaugeTable */

const BROKEN =
  "Lines are broken where measurements are much further apart than is usual: nothing was measured between.";

export class GaugeSentences {
  node = element("ul", { class: "panda-absent panda-small" });

  /**
   * @param {GaugeTable} table
   * @param {boolean} any whether gauges are drawn
   * @param {number} begin the first iteration in view
   * @param {number} end the last one
   */
  show(table, any, begin, end) {
    const drawn = evenly(table.layers).length;
    const told = any && drawn < table.layers ? [fewText(drawn, table.layers)] : [];
    if (any && table.broken(begin, end)) told.push(BROKEN);
    told.push(...table.absent);
    if (any) told.push(budgetText(table));
    const { children } = this.node;
    if (children.length !== told.length) this.node.replaceChildren(...told.map(() => element("li")));
    told.forEach((sentence, i) => write(children[i], sentence));
  }
}

/**
 * @param {number} drawn
 * @param {number} layers
 */
const fewText = (drawn, layers) => `${whole(drawn)} of ${whole(layers)} layers are drawn, evenly chosen.`;

/** @param {Pick<import("./gauge_table.js").Told, "share" | "used" | "every">} told */
export function budgetText({ share, used, every }) {
  const most = percent(share);
  if (used === null) return `Measured within ${most} of the training time, which the set-up chooses.`;
  const often = every === null ? "" : `, every ${whole(every)} iteration${every > 1 ? "s" : ""} on average`;
  const measured = `Measured in ${percent(used)} of the training time so far`;
  if (used <= share) return `${measured} (at most ${most}, which the set-up chooses)${often}.`;
  return (
    `${measured}${often}. That is more than the ${most} that the set-up chooses: the first measurement, and those where` +
    " the run rests, do not wait for it; those that follow do."
  );
}
