// The WebSocket to the server: frames in, views and wishes out. Reconnects by itself, slower each time it fails.

const SLOWEST = 2000;

export class Connection {
  /** `on` has frame(buffer) and state("open" | "lost" | "foreign"). */
  constructor(address, token, view, on) {
    Object.assign(this, { address, token, view, on });
    this.asked = new Map();
    this.number = 0;
    this.wait = 250;
    this.closed = false;
    this.visibility = () => this.#send({ hidden: document.hidden });
    document.addEventListener("visibilitychange", this.visibility);
    this.#open();
  }

  /** Another token, after the server was started anew. */
  renew(token) {
    if (token === this.token) return;
    this.token = token;
    this.wait = 250;
    clearTimeout(this.timer);
    this.socket.close();
    this.#open();
  }

  look(view) {
    Object.assign(this.view, view);
    this.#send({ view });
  }

  /** A promise of what became of a wish. */
  ask(wish) {
    const k = ++this.number;
    return new Promise((resolve) => {
      if (this.socket.readyState !== WebSocket.OPEN) {
        resolve({ status: "refused", text: "not connected to Panda: nothing was sent" });
        return;
      }
      this.asked.set(k, resolve);
      this.#send({ ask: k, ...wish });
    });
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.visibility);
    this.socket.close();
  }

  #open() {
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      socket.send(JSON.stringify({ token: this.token, view: this.view }));
      if (document.hidden) this.#send({ hidden: true });
    };
    socket.onmessage = ({ data }) => {
      this.wait = 250;
      if (typeof data === "string") {
        const answer = JSON.parse(data);
        this.asked.get(answer.ask)?.(answer);
        this.asked.delete(answer.ask);
      } else {
        this.#send({ got: this.on.frame(data) });
        this.on.state("open");
      }
    };
    socket.onclose = ({ code }) => {
      if (socket !== this.socket) return;
      for (const resolve of this.asked.values()) {
        resolve({ status: "refused", text: "the connection was lost before Panda answered: see below whether it was applied" });
      }
      this.asked.clear();
      if (this.closed) return;
      this.on.state(code === 4401 ? "foreign" : "lost");
      this.timer = setTimeout(() => this.#open(), this.wait);
      this.wait = Math.min(2 * this.wait, SLOWEST);
    };
  }

  #send(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
