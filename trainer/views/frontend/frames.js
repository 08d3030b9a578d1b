// What this client has been told of a curve. `apply` takes a frame (see frames.py) and puts its buckets in place.

const COLUMNS = {
  train: ["low", "high", "mean", "rate"],
  smoothed: ["mean"],
  dev: ["iteration", "costLow", "costHigh", "cost", "accuracyLow", "accuracyHigh", "accuracy"],
};

/** How a run stands that does not go on by itself. */
export const OVER = ["idle", "finished", "stopped", "interrupted", "failed"];

const emptyTrack = (name) => ({ size: 1, first: 0, end: 0, columns: Object.fromEntries(COLUMNS[name].map((c) => [c, []])) });

export class Curve {
  constructor() {
    this.status = {};
    this.forget();
  }

  forget() {
    this.run = "";
    this.start = 0;
    this.startEpoch = 0;
    this.startRate = null;
    this.now = { iteration: 0, epoch: 0, seconds: 0, rate: null };
    this.tracks = Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, emptyTrack(name)]));
    this.interventions = [];
    this.knots = [];
    this.forecast = { iterations: [], rates: [] };
    this.abandoned = [];
  }

  /** Take the bytes of a frame; returns its header. */
  apply(buffer) {
    const length = new DataView(buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    let at = 4 + length;
    if (header.anew) this.forget();
    if (header.run !== undefined) {
      [this.run, this.start, this.startEpoch, this.startRate] = [header.run, header.start, header.epoch, header.rate];
    }
    if (header.now) this.now = header.now;
    if (header.status) Object.assign(this.status, header.status);
    for (const name of Object.keys(COLUMNS)) {
      if (header[name]) at = this.#put(name, header[name], buffer, at);
    }
    for (const name of ["interventions", "knots"]) {
      if (header[name]) this[name] = [...this[name].slice(0, header[name].at), ...header[name].list];
    }
    if (header.abandoned) this.abandoned = header.abandoned;
    if (header.forecast) this.forecast = header.forecast;
    return header;
  }

  #put(name, part, buffer, at) {
    const track = this.tracks[name];
    const same = track.size === part.size && part.first >= track.first;
    for (const column of COLUMNS[name]) {
      const kept = same ? track.columns[column].slice(part.first - track.first, part.at - track.first) : [];
      track.columns[column] = kept.concat(Array.from(new Float32Array(buffer, at, part.count)));
      at += 4 * part.count;
    }
    Object.assign(track, { size: part.size, first: part.first, end: part.end });
    return at;
  }

  /** The iterations that the buckets of a track stand for: their middles. */
  iterations(name) {
    if (name === "dev") return this.tracks.dev.columns.iteration;
    const { size, first, end, columns } = this.tracks[name];
    const [wide, single] = name === "train" ? [size, 1] : [4 * size, 4];
    return columns.mean.map((_, i) => {
      const low = this.start + (first + i) * wide;
      return (low + single + Math.max(low + single, Math.min(low + wide, end))) / 2;
    });
  }

  /** Knots between which the x axis runs evenly: pairs of iteration and iteration, epochs or minutes. */
  #knotsOf(axis) {
    if (axis === "minutes") {
      const pairs = this.knots.map(([t, seconds]) => [t, seconds / 60]);
      return [...pairs.filter(([t]) => t < this.now.iteration), [this.now.iteration, this.now.seconds / 60]];
    }
    return [
      [this.start, this.startEpoch],
      ...this.interventions.map((mark) => [mark.iteration, mark.epoch]),
      [this.now.iteration, this.now.epoch],
    ];
  }

  /** A function from iterations to the x axis. */
  toAxis(axis) {
    return axis === "iteration" ? (t) => t : between(this.#knotsOf(axis));
  }

  /** A function from the x axis to iterations. */
  fromAxis(axis) {
    return axis === "iteration" ? (x) => x : between(this.#knotsOf(axis).map(([t, x]) => [x, t]));
  }
}

/** Piecewise linear through the knots, and on beyond both ends. */
function between(pairs) {
  const knots = pairs.filter(([u], i) => i === 0 || u > pairs[i - 1][0]);
  if (knots.length < 2) return (u) => (knots.length ? knots[0][1] + (u - knots[0][0]) : u);
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
