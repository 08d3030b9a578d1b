// @ts-check
// What this client knows of a curve. `apply` takes a frame (see frames.py) and puts its buckets in place.

/** @typedef {import("./protocol.js").FrameHeader} Header */
/** @typedef {import("./protocol.js").Mark} Intervention */
/** @typedef {import("./protocol.js").Left} Abandoned a part of the session that was left by going back or branching */
/** @typedef {import("./protocol.js").Now} Now */
/** @typedef {import("./protocol.js").PlanShown} Planned */
/** @typedef {import("./protocol.js").Track} Part which buckets of a track a frame holds */
/** @typedef {import("./protocol.js").Status} Status what is known of the run; every field only once it was sent */
/** @typedef {"train" | "smoothed" | "dev"} TrackName */
/** @typedef {"iteration" | "epoch" | "minutes"} Axis */
/** @typedef {[number, number]} Pair */

/**
 * @typedef {object} Track
 * @property {number} size iterations of a bucket
 * @property {number} first number of the first bucket
 * @property {number} end
 * @property {Record<string, number[]>} columns
 */

/** @type {Record<TrackName, string[]>} the columns of a frame, in its order */
export const COLUMNS = {
  train: ["low", "high", "mean", "rate"],
  smoothed: ["mean"],
  dev: ["iteration", "costLow", "costHigh", "cost", "accuracyLow", "accuracyHigh", "accuracy"],
};

const TRACKS = /** @type {TrackName[]} */ (Object.keys(COLUMNS));

/**
 * @param {TrackName} name
 * @returns {Track}
 */
const emptyTrack = (name) => ({
  size: 1,
  first: 0,
  end: 0,
  columns: Object.fromEntries(COLUMNS[name].map((c) => [c, []])),
});

const emptyTracks = () => ({ train: emptyTrack("train"), smoothed: emptyTrack("smoothed"), dev: emptyTrack("dev") });

const SEVERAL = 16; // buckets, fewer of which are no curve

export class Curve {
  /** @type {Status} */
  status = {};
  run = "";
  start = 0;
  startEpoch = 0;
  /** @type {Now["rate"]} */
  startRate = "nan";
  /** @type {Now} */
  now = { iteration: 0, epoch: 0, seconds: 0, rate: "nan" };
  tracks = emptyTracks();
  /** @type {Intervention[]} */
  interventions = [];
  /** @type {Pair[]} */
  knots = [];
  /** @type {import("./protocol.js").Forecast} */
  forecast = { iterations: [], rates: [] };
  /** @type {Abandoned[]} */
  abandoned = [];
  /** @type {Planned[]} changes that wait, in the order of their iterations */
  planned = [];
  /** @type {import("./foreseen.js").Foreseen | null} what was looked ahead, while it holds; the page puts it here */
  foreseen = null;
  /** @type {import("./rate_marks.js").Found | null} what the α finder found, likewise */
  found = null;
  /** @type {import("./rate_marks.js").Limit[]} the speed limit where it was measured, likewise */
  limits = [];
  /** @type {import("./foreseen.js").Hand | null} what is under the hand, likewise */
  hand = null;

  /** Everything but the status. */
  forget() {
    const { status } = this;
    Object.assign(this, new Curve(), { status });
  }

  /**
   * Take the bytes of a frame; returns its header.
   * @param {ArrayBuffer} buffer
   * @returns {Header}
   */
  apply(buffer) {
    const length = new DataView(buffer).getUint32(0, true);
    /** @type {Header} */
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    let at = 4 + length;
    if (header.anew) this.forget();
    if (header.run !== undefined) {
      this.run = header.run;
      this.start = header.start ?? 0;
      this.startEpoch = header.epoch ?? 0;
      this.startRate = header.rate ?? "nan";
    }
    if (header.now) this.now = header.now;
    if (header.status) Object.assign(this.status, header.status);
    for (const name of TRACKS) {
      const part = header[name];
      if (part) at = this.#put(name, part, buffer, at);
    }
    const { interventions, knots } = header;
    if (interventions) this.interventions = [...this.interventions.slice(0, interventions.at), ...interventions.list];
    if (knots) this.knots = [...this.knots.slice(0, knots.at), ...knots.list];
    if (header.abandoned) this.abandoned = header.abandoned;
    if (header.planned) this.planned = header.planned;
    if (header.forecast) this.forecast = header.forecast;
    return header;
  }

  /**
   * @param {TrackName} name
   * @param {Part} part
   * @param {ArrayBuffer} buffer
   * @param {number} at where its columns begin; returns where they end
   */
  #put(name, part, buffer, at) {
    const track = this.tracks[name];
    const measures = (part.measures ?? []).flatMap((measure) => [`${measure}Low`, `${measure}High`, measure]);
    for (const column of [...COLUMNS[name], ...measures]) {
      const before = track.columns[column] ?? [];
      const kept = before.slice(part.first - track.first, part.at - track.first); // none where all are replaced
      track.columns[column] = kept.concat(Array.from(new Float32Array(buffer, at, part.count)));
      at += 4 * part.count;
    }
    Object.assign(track, { size: part.size, first: part.first, end: part.end });
    return at;
  }

  /**
   * The iterations that the buckets of a track stand for: their middles.
   * @param {TrackName} name
   * @returns {number[]}
   */
  iterations(name) {
    if (name === "dev") return this.tracks.dev.columns.iteration;
    const { size, first, end, columns } = this.tracks[name];
    const [wide, single] = name === "train" ? [size, 1] : [4 * size, 4];
    return columns.mean.map((_, i) => {
      const low = this.start + (first + i) * wide;
      return (low + single + Math.max(low + single, Math.min(low + wide, end))) / 2;
    });
  }

  /**
   * Whether the costs of a stretch are known, as far as the run has come, to a bucket; and by more than a few of these.
   * @param {number[]} stretch its first and its last iteration
   */
  covers([begin, end]) {
    const { first, size, end: known } = this.tracks.train;
    if (size > 1 && end - begin < SEVERAL * size) return false;
    return this.start + (first - 1) * size <= begin && known + size > Math.min(end, this.now.iteration);
  }

  /**
   * Knots between which the x axis runs evenly: pairs of iteration and epochs or minutes.
   * @param {"epoch" | "minutes"} axis
   * @returns {Pair[]}
   */
  #knotsOf(axis) {
    if (axis === "minutes") {
      const pairs = this.knots.map(([t, seconds]) => /** @type {Pair} */ ([t, seconds / 60]));
      if (!(pairs[0]?.[0] <= this.start)) pairs.unshift([this.start, 0]); // of a short run there may be none
      return [...pairs.filter(([t]) => t < this.now.iteration), [this.now.iteration, this.now.seconds / 60]];
    }
    return [
      [this.start, this.startEpoch],
      ...this.interventions.map((mark) => /** @type {Pair} */ ([mark.iteration, mark.epoch])),
      [this.now.iteration, this.now.epoch],
    ];
  }

  /**
   * A function from iterations to the x axis.
   * @param {Axis} axis
   * @returns {(t: number) => number}
   */
  toAxis(axis) {
    return axis === "iteration" ? (t) => t : between(this.#knotsOf(axis));
  }

  /**
   * A function from the x axis to iterations.
   * @param {Axis} axis
   * @returns {(x: number) => number}
   */
  fromAxis(axis) {
    return axis === "iteration" ? (x) => x : between(this.#knotsOf(axis).map(([t, x]) => [x, t]));
  }
}

/**
 * Piecewise linear through the knots, and on beyond both ends. Of several knots at the same place the last one counts;
 * where all are there, nothing is known of a slope, and what it leads to stays the same.
 * @param {Pair[]} pairs
 * @returns {(u: number) => number}
 */
function between(pairs) {
  if (pairs.length < 2) return (u) => (pairs.length ? pairs[0][1] + (u - pairs[0][0]) : u);
  const knots = pairs.filter(([u], i) => i === pairs.length - 1 || u < pairs[i + 1][0]);
  if (knots.length < 2) return () => knots[0][1];
  return (u) => {
    let low = 0;
    let high = knots.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (knots[middle][0] <= u) low = middle;
      else high = middle;
    }
    const [[a, x], [b, y]] = [knots[low], knots[high]];
    return x + ((u - a) / (b - a)) * (y - x);
  };
}

/**
 * How many of a list in the order of iterations are at or before one.
 * @param {{ iteration: number }[]} list
 * @param {number} iteration
 */
export function upTo(list, iteration) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].iteration <= iteration) low = middle + 1;
    else high = middle;
  }
  return low;
}
