// The live page, mounted once in an element that Streamlit gives it.
//
// For another page with the same charts (a recorded session played back, say), without the controls:
//
//     import { Curve } from "./frames.js";
//     import { Charts } from "./charts.js";
//     import { loadPlotly, loadStyle } from "./main.js";
//
//     await Promise.all([loadStyle(), loadPlotly(data.plotly)]);
//     const curve = new Curve();
//     const charts = new Charts(root, curve, { look: (view) => ask the server for that stretch });
//     … for every frame from the server (frames.py, class Feed):  curve.apply(buffer); charts.changed();
//     … when the header says `anew`: charts.anew();   in the end: charts.destroy();
//
// A `Feed` on the server with `view.until = t` sends the curve as it was at iteration t, and going on to a later t
// sends only what is new, so playing a session back is moving `until`. `root` needs the class "panda", which brings
// the colours of the theme. Log (status.js) shows `curve.interventions` as text.

import { Charts } from "./charts.js";
import { Connection } from "./connection.js";
import { Controls } from "./controls.js";
import { Curve } from "./frames.js";
import { Left, Log, Status } from "./status.js";
import { element } from "./text.js";

const AGAIN = 2000; // milliseconds after which what could not be loaded is asked for again

/** Called by Streamlit when the component is mounted and again whenever `data` changed. */
export default function mount({ data, parentElement, setTriggerValue }) {
  const there = parentElement.panda;
  if (there && there.module === data.module) {
    there.connection.renew(data.token);
  } else {
    there?.destroy();
    parentElement.panda = new Live(data, parentElement);
  }
  const live = parentElement.panda;
  live.phase = data.phase;
  live.tell = setTriggerValue;
  return () => whenGone(parentElement, () => live.destroy());
}

class Live {
  constructor(data, parent) {
    this.module = data.module;
    this.curve = new Curve();
    this.state = "lost";
    this.frames = 0;
    this.asked = 0;
    this.status = new Status();
    this.log = new Log();
    this.controls = new Controls(data.knobs, (wish) => this.connection.ask(wish));
    this.left = new Left((wish, said, place) => this.controls.send(wish, said, place));
    const figures = element("div", { class: "panda-charts" });
    this.root = element(
      "div", { class: "panda", "data-state": "lost" },
      this.status.node,
      this.status.banner,
      element("div", { class: "panda-columns" }, this.controls.transport, figures, this.controls.panel),
      this.log.node,
      this.left.node,
    );
    this.root.hidden = true; // until there is a run to show and the style sheet to show it in
    parent.append(this.root);
    this.charts = new Charts(figures, this.curve, { look: (view) => this.connection.look(view) });
    this.theme = new MutationObserver(() => this.charts.changed());
    for (let node = parent.parentElement; node && node !== document.body; node = node.parentElement) {
      if (node.classList.contains("stBidiComponent")) break;
      this.theme.observe(node, { attributes: true, attributeFilter: ["class", "style"] });
    }
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.connection = new Connection(`${scheme}//${location.host}/panda/live`, data.token, this.charts.view(), {
      frame: (buffer) => this.#frame(buffer),
      state: (state) => this.#connected(state),
    });
    this.#load(data.plotly);
  }

  #load(plotly) {
    const loaded = () => {
      this.ready = true;
      this.#show();
    };
    Promise.all([loadStyle(), loadPlotly(plotly)]).then(loaded, () => setTimeout(() => this.#load(plotly), AGAIN));
  }

  destroy() {
    this.connection.close();
    this.theme.disconnect();
    this.charts.destroy();
    this.root.remove();
  }

  #frame(buffer) {
    const [path, start] = [this.curve.status.path, this.curve.start];
    const header = this.curve.apply(buffer);
    // going back leaves the zoom as it is: the line goes on in the same session
    if (header.anew && (path !== this.curve.status.path || start !== this.curve.start)) this.charts.anew();
    this.frames += 1;
    this.#show();
    this.charts.changed();
    return header.n;
  }

  #connected(state) {
    // after a restart of the server the script has to run again there: it brings the new token
    if (state === "foreign") this.tell?.("phase", `foreign ${++this.asked}`);
    if (state === this.state) return;
    this.state = state;
    this.#show();
  }

  #show() {
    const { status } = this.curve;
    this.status.show(status, this.state === "lost" && this.frames ? "lost" : this.state);
    this.controls.show(status, this.curve.interventions.length > 0);
    this.log.show(this.curve.interventions, status.notes ?? [], this.curve.toAxis("epoch"));
    const state = status.state ?? "idle";
    this.left.show(this.curve.abandoned, ["running", "paused"].includes(state));
    const hidden = !this.ready || state === "idle";
    if (hidden !== this.root.hidden) {
      this.root.hidden = hidden;
      this.charts.changed();
    }
    Object.assign(this.root.dataset, {
      state: this.state === "open" ? state : this.state,
      iteration: status.iteration ?? 0,
      frames: this.frames,
      run: this.curve.run,
      interventions: this.curve.interventions.length,
    });
    // the set-up above is ordinary Streamlit: it is told when a run begins or ends, and by nothing else
    if (status.phase !== undefined && status.phase !== this.phase) {
      this.phase = status.phase;
      this.tell?.("phase", status.phase);
    }
  }
}

/**
 * Streamlit calls a clean-up function also when `data` changed while the module was still loading, though the
 * component stays: clean up only if its element has left the page.
 */
export function whenGone(parentElement, cleanUp) {
  setTimeout(() => {
    if (!parentElement.isConnected) cleanUp();
  });
}

/** A style sheet, once per page. */
export function loadStyle(name = "style.css") {
  const address = new URL(`./${name}`, import.meta.url).href;
  return once(address, () => element("link", { rel: "stylesheet", href: address }));
}

/** Plotly.js, once per page; it puts itself into `window.Plotly`. The page may have asked for it already. */
export function loadPlotly(address) {
  if (window.Plotly) return Promise.resolve();
  return once(address, () => document.querySelector(`script[src="${address}"]`) ?? element("script", { src: address }));
}

const loading = (window.pandaLoading ??= new Map());

function once(address, make) {
  if (!loading.has(address)) {
    loading.set(
      address,
      new Promise((resolve, reject) => {
        const node = make();
        node.onload = resolve;
        node.onerror = () => {
          node.remove();
          loading.delete(address); // whoever asks again tries again
          reject(new Error(`${address} could not be loaded`));
        };
        document.head.append(node);
      }),
    );
  }
  return loading.get(address);
}
