// @ts-check
// The WebSocket to the server: frames in, views and commands out. Reconnects by itself, slower each time it fails.

const FIRST_WAIT = 250;
const SLOWEST = 2000;
const FOREIGN = 4401; // the server closes so where the token is of an earlier start

/** @typedef {import("./protocol.js").Asks} Command */
/** @typedef {import("./protocol.js").Look} Look */
/** @typedef {Pick<import("./protocol.js").Told, "status" | "text">} Answer */
/** @typedef {"open" | "lost" | "foreign"} ConnectionState */

/**
 * @typedef {object} Receiver
 * @property {(buffer: ArrayBuffer) => number} frame takes a frame; returns its number
 * @property {(state: ConnectionState) => void} state
 */

export class Connection {
  #address;
  #token;
  #run;
  #on;
  /** @type {Look} what the client looks at */
  #view;
  /** @type {Map<number, (answer: Answer) => void>} */
  #asked = new Map();
  #number = 0;
  #wait = FIRST_WAIT;
  #closed = false;
  /** @type {WebSocket} */
  #socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} address
   * @param {string} token
   * @param {Look} view to begin with
   * @param {string} run id of the live run; "" is that of the server's own trainer
   * @param {Receiver} on
   */
  constructor(address, token, view, run, on) {
    this.#address = address;
    this.#token = token;
    this.#view = view;
    this.#run = run;
    this.#on = on;
    document.addEventListener("visibilitychange", this.#visibility);
    this.#socket = this.#open();
  }

  /**
   * Another token, after the server was started anew.
   * @param {string} token
   */
  renew(token) {
    if (token === this.#token) return;
    this.#token = token;
    this.#wait = FIRST_WAIT;
    clearTimeout(this.#timer);
    const before = this.#socket;
    this.#socket = this.#open();
    before.close();
  }

  /** @param {Look} view */
  look(view) {
    Object.assign(this.#view, view);
    this.#send({ view });
  }

  /**
   * What became of a command.
   * @param {Command} command
   * @returns {Promise<Answer>}
   */
  ask(command) {
    const k = ++this.#number;
    return new Promise((resolve) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        resolve({ status: "refused", text: "not connected to Panda: nothing was sent" });
        return;
      }
      this.#asked.set(k, resolve);
      this.#send({ ask: k, ...command });
    });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#visibility);
    this.#socket.close();
  }

  #visibility = () => this.#send({ hidden: document.hidden });

  #open() {
    const socket = new WebSocket(this.#address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      /** @type {import("./protocol.js").Hello} */
      const hello = { token: this.#token, view: this.#view, run: this.#run };
      socket.send(JSON.stringify(hello));
      if (document.hidden) this.#send({ hidden: true });
    };
    socket.onmessage = ({ data }) => {
      this.#wait = FIRST_WAIT;
      if (typeof data === "string") {
        /** @type {import("./protocol.js").Told} */
        const answer = JSON.parse(data);
        this.#asked.get(answer.ask)?.(answer);
        this.#asked.delete(answer.ask);
      } else {
        this.#send({ got: this.#on.frame(data) });
        this.#on.state("open");
      }
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    };
    return socket;
  }

  /** @param {number} code */
  #lost(code) {
    const text = "the connection was lost before Panda answered: see below whether it was applied";
    for (const resolve of this.#asked.values()) resolve({ status: "refused", text });
    this.#asked.clear();
    if (this.#closed) return;
    this.#on.state(code === FOREIGN ? "foreign" : "lost");
    this.#timer = setTimeout(() => (this.#socket = this.#open()), this.#wait);
    this.#wait = Math.min(2 * this.#wait, SLOWEST);
  }

  /** @param {Command | import("./protocol.js").Signal} message */
  #send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
