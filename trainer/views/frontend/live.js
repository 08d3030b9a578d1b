// @ts-check
// The live page: how the run stands, its charts, and everything that steers it.

import { AdviceCard } from "./advice.js";
import { Anew } from "./anew.js";
import { evaluatedAsForeseen } from "./came.js";
import { Charts } from "./charts.js";
import { Connection } from "./connection.js";
import { Controls } from "./controls.js";
import { element } from "./element.js";
import { Curve } from "./frames.js";
import { Left, Log } from "./log.js";
import { LookAhead } from "./look_ahead.js";
import { loadPlotly, loadStyle } from "./loading.js";
import { Near } from "./near.js";
import { Planned } from "./planned.js";
import { zoomOf } from "./shared_zoom.js";
import { Status } from "./status.js";
import { whenThemeChanges } from "./theme.js";
import { UnderHand } from "./under_hand.js";
import { Views } from "./views.js";

/** @typedef {import("./main.js").View} View */
/** @typedef {{ curve: Curve, run: string }} About a live run: what is known of it, and its id */

const AGAIN = 2000; // milliseconds after which what could not be loaded is asked for again

/**
 * @typedef {object} Data
 * @property {string} token
 * @property {string} phase of the run as the script saw it
 * @property {string} run id of the live run; "" is that of the server's own trainer
 * @property {string} plotly address of Plotly.js
 */

/** @implements {View} */
export default class Live {
  #tell;
  #phase;
  #curve = new Curve();
  /** @type {import("./connection.js").ConnectionState} */
  #state = "lost";
  #ready = false; // whether all that it is shown with is loaded
  #frames = 0;
  #asked = 0;
  #status = new Status();
  #anew = new Anew((command, said) => this.#controls.send(command, said));
  #log = new Log();
  #controls;
  #planned;
  #advice;
  #left;
  #root;
  #charts;
  #views;
  #ahead;
  #hand;
  #theme;
  #connection;

  /**
   * @param {HTMLElement} parent
   * @param {Data} data
   * @param {import("./main.js").Tell} tell
   */
  constructor(parent, data, tell) {
    this.#tell = tell;
    this.#phase = data.phase;
    const ask = (/** @type {import("./connection.js").Command} */ command) =>
      this.#connection.ask({ of: this.#curve.status.id, ...evaluatedAsForeseen(command, this.#curve) });
    const about = { curve: this.#curve, run: data.run };
    const charts = {
      zoom: (/** @type {number} */ begin, /** @type {number} */ end) => this.#charts.zoom(begin, end),
      zoomed: () => this.#charts.zoomed,
      reset: () => this.#charts.reset(),
    };
    const near = new Near(charts, this.#curve);
    const iterations = () => this.#ahead.iterations;
    this.#hand = new UnderHand(
      about,
      iterations,
      near,
      { hold: () => this.#charts.hold(), now: () => this.#drawHand() },
      (hand, premises) => this.#ahead.applied(hand, premises),
    );
    // a run of another process is searched there
    this.#controls = new Controls(ask, this.#hand, data.run ? undefined : () => tell("retest", true));
    this.#planned = new Planned((command, said, place) => this.#controls.send(command, said, place));
    this.#left = new Left((command, said, place) => this.#controls.send(command, said, place));
    const { send, focus } = this.#controls;
    this.#advice = new AdviceCard(data.run, send.bind(this.#controls), focus.bind(this.#controls));
    const figures = element("div", { class: "panda-charts" });
    const { transport, panel } = this.#controls;
    this.#ahead = new LookAhead(
      about,
      (command, said, place) => this.#controls.send(command, said, place),
      near,
      () => this.#charts.boxes.get("cost"),
      () => this.#charts.changed(),
    );
    this.#ahead.node.addEventListener("input", () => this.#hand.show()); // how far it is drawn may be another
    const curves = element("div", { class: "panda-curves" }, this.#ahead.node, figures);
    const loaded = {
      Layers: async () => {
        const { default: Layers } = await import("./layers.js");
        return new Layers(
          ofLive(
            about,
            zoomOf(() => this.#charts, this.#curve, near),
          ),
        );
      },
      Network: async () => {
        const { default: Network } = await import("./network.js");
        return new Network(about);
      },
    };
    this.#views = new Views(curves, loaded, this.#advice.opener);
    this.#root = element(
      "div",
      { class: "panda panda-live", "data-state": "lost", hidden: true }, // until there is a run and the style sheet to show it in
      this.#status.node,
      this.#status.banner,
      this.#anew.node,
      element("div", { class: "panda-columns" }, transport, this.#views.node, panel),
      this.#planned.node,
      this.#log.node,
      this.#left.node,
      this.#advice.node,
    );
    parent.append(this.#root);
    this.#charts = new Charts(figures, this.#curve, { look: (view) => this.#connection.look(view) });
    this.#theme = whenThemeChanges(parent, () => {
      this.#charts.changed();
      this.#views.recolour();
      this.#ahead.recolour();
    });
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const address = `${scheme}//${location.host}/panda/live`;
    this.#connection = new Connection(address, data.token, this.#charts.view(), data.run, {
      frame: (buffer) => this.#frame(buffer),
      state: (state) => this.#connected(state),
    });
    this.#load(data.plotly);
  }

  /** @param {Data} data */
  update(data) {
    this.#phase = data.phase;
    this.#connection.renew(data.token);
  }

  destroy() {
    this.#connection.close();
    this.#theme.disconnect();
    this.#charts.destroy();
    this.#views.destroy();
    this.#ahead.destroy();
    this.#hand.destroy();
    this.#advice.destroy();
    this.#root.remove();
  }

  /** @param {string} plotly */
  #load(plotly) {
    const loaded = () => {
      this.#ready = true;
      this.#show();
    };
    const again = () => setTimeout(() => this.#load(plotly), AGAIN);
    Promise.all([loadStyle("style.css"), loadPlotly(plotly)]).then(loaded, again);
  }

  /** @param {ArrayBuffer} buffer */
  #frame(buffer) {
    const [path, start] = [this.#curve.status.path, this.#curve.start];
    const header = this.#curve.apply(buffer);
    // going back leaves the zoom as it is: the line goes on in the same session
    if (header.anew && (path !== this.#curve.status.path || start !== this.#curve.start)) this.#charts.reset();
    this.#frames += 1;
    this.#show();
    this.#charts.changed();
    return header.n;
  }

  /** @param {import("./connection.js").ConnectionState} state */
  #connected(state) {
    // after a restart of the server the script has to run again there: it brings the new token
    if (state === "foreign") this.#tell("phase", `foreign ${++this.#asked}`);
    if (state === this.#state) return;
    this.#state = state;
    this.#show();
  }

  /** What is under the hand, or no longer is, in the chart of the cost at once. */
  #drawHand() {
    this.#charts.now("cost");
    this.#ahead.show();
  }

  #show() {
    const { status, interventions, run, abandoned, planned } = this.#curve;
    this.#status.show(status, this.#state === "lost" && this.#frames ? "lost" : this.#state, interventions);
    this.#anew.show(status);
    this.#advice.show(status, interventions.length);
    this.#controls.show(status, interventions.length > 0);
    this.#log.show(interventions, status.notes ?? [], this.#curve.toAxis("epoch"));
    const state = status.state ?? "idle";
    const able = ["running", "paused"].includes(state);
    this.#planned.show(planned, able);
    this.#left.show(abandoned, able);
    this.#views.show();
    this.#ahead.show();
    this.#hand.show();
    const hidden = !this.#ready || state === "idle";
    if (hidden !== this.#root.hidden) {
      this.#root.hidden = hidden;
      this.#charts.changed();
    }
    Object.assign(this.#root.dataset, {
      state: this.#state === "open" ? state : this.#state,
      iteration: status.iteration ?? 0,
      frames: this.#frames,
      run,
      session: status.path ?? "",
      interventions: interventions.length,
    });
    // the set-up above is ordinary Streamlit: it learns when a run begins or ends, and nothing else
    if (status.phase !== undefined && status.phase !== this.#phase) {
      this.#phase = status.phase;
      this.#tell("phase", status.phase);
    }
  }
}

/**
 * What a view of the gauges needs to know of a live run.
 * @param {About} about
 * @param {import("./shared_zoom.js").Zoom} zoom
 * @returns {import("./layers.js").Source}
 */
const ofLive = ({ curve, run }, zoom) => ({
  curve,
  query: () => ({ run }),
  line: () => [curve.status.id, curve.status.path, curve.run, curve.start].join(),
  until: () => curve.now.iteration,
  zoom,
});
