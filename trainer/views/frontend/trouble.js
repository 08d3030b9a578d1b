// @ts-check
// What is wrong with the run or over, and what to do: only what can be done then.

import { capital, grouping, whole } from "./text.js";

/** @typedef {import("./frames.js").Status} RunStatus */
/** @typedef {import("./connection.js").ConnectionState} ConnectionState */
/** @typedef {{ iteration: number }} Changed an intervention that Undo takes back */

const ANEW = "Panda was started anew. Connecting again; if that takes long, reload this page.";
const LOST = "The connection to Panda is lost; training goes on if Panda runs. Trying again…";
const WAITING =
  "Nothing is lost: training waits here and goes on by itself as soon as recording succeeds. Free some space on the disk.";
const ASTRAY =
  "Training waits here. Write the record to a new file; where the file comes back, training goes on by itself.";
const FAILED =
  "What was recorded before is safe. Mend the cause, then press Resume to go on from the last recorded state, or start a new run.";
const FAILED_AND_DELETED = "Start begins another run.";
const DELETED = "The session of this run was deleted, so it cannot go on. Start begins another.";
const OVER = "Resume goes on with it in the same session; Start begins another.";

/**
 * A sentence, and how bad it is.
 * @param {RunStatus} status
 * @param {ConnectionState} connection
 * @param {Changed | undefined} latest
 * @returns {[text: string, kind: "" | "calm" | "warn" | "bad"]}
 */
export function trouble(status, connection, latest) {
  const state = status.state ?? "idle";
  if (connection === "foreign") return [ANEW, "bad"];
  if (connection === "lost") return [LOST, "warn"];
  const reason = sentence(status.reason ?? "");
  if (state === "blocked" && status.anew) return [`${reason} ${ASTRAY}`, "bad"];
  if (state === "blocked") return [`${reason} ${WAITING}`, "warn"];
  if (state === "failed" && status.path === "") return [`${reason} ${FAILED_AND_DELETED}`, "bad"];
  if (state === "failed") return [`${reason} ${FAILED}`, "bad"];
  if (state === "paused" && /finite/.test(reason)) return [`${reason} ${rescue(status, latest)}`.trim(), "warn"];
  if (state !== "idle" && status.path === "") return [DELETED, "calm"];
  if (state === "interrupted") return [`${reason} Press Resume to go on.`, "warn"];
  if (state === "stopped" || state === "finished") return [`${reason} ${OVER}`, "calm"];
  const remarks = status.remarks ?? [];
  return remarks.length ? [remarks.map(sentence).join(" "), "warn"] : ["", ""];
}

/**
 * Ways back from a cost that is not finite.
 * @param {RunStatus} status
 * @param {Changed | undefined} latest
 */
function rescue({ iteration = 0, path }, latest) {
  const ways = [
    ...(latest ? [`Undo, to before the change at iteration ${whole(latest.iteration)}`] : []),
    ...(iteration > 0 && path ? ["a branch from an earlier iteration, on the Sessions page"] : []),
  ];
  return ways.length ? `To go back: ${ways.join(", or ")}.` : "";
}

/** @param {string} text */
function sentence(text) {
  return text ? grouping(`${capital(text)}${/[.!?]$/.test(text) ? "" : "."}`) : "";
}
