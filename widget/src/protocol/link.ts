// Keeps a WebSocket open: opens it, and after a loss opens the next one, later each time. It knows nothing of turns.

import { backoffMs } from "./backoff";
import { SocketTransport, socketUrl, type SocketEnd } from "./socket";
import type { EventListener, LinkStatus } from "./transport";

/** Failures in a row after which no socket is tried until something changes (`wake`, or a new session). */
export const FAILURES_MAX = 6;
/** A socket that lasted this long, in milliseconds, was a good one: its loss starts a new count of failures. */
const STABLE_MS = 10_000;
/** Close codes that mean the session is no longer valid: policy violation, and 401 in the private range. */
const SESSION_CLOSE_CODES = [1008, 4401];

export interface LinkListener extends EventListener {
  status(status: LinkStatus): void;
  /** The socket closed because the session is no longer valid. Returns whether a new one is being started. */
  expired(): boolean;
}

export class Link {
  readonly #listener: LinkListener;
  readonly #webSocket: typeof WebSocket;
  #url: string | null = null;
  #socket: SocketTransport | null = null;
  #status: LinkStatus = "connecting";
  #openedAt = 0;
  #failures = 0;
  #next: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: LinkListener, webSocket: typeof WebSocket) {
    this.#listener = listener;
    this.#webSocket = webSocket;
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** The socket, if it is open. */
  get socket(): SocketTransport | null {
    return this.#status === "open" ? this.#socket : null;
  }

  /** Goes over to this address; null where there is none, and no socket is tried until the next `connect`. */
  connect(wsUrl: string | null): void {
    this.#url = wsUrl === null ? null : socketUrl(wsUrl, location.href);
    this.#failures = 0;
    this.suspend();
    if (this.#url === null) this.giveUp();
    else this.#open();
  }

  /** Something changed for the better (the network, the page's visibility): try now rather than later. */
  wake(): void {
    if (this.#url === null || this.#socket !== null || this.#status === "closed") return;
    this.#failures = 0;
    this.#open();
  }

  /** Lets go of the socket until `connect` or `wake`. */
  suspend(): void {
    this.#release();
    if (this.#status === "open") this.#become("reconnecting");
  }

  /** Takes the socket for dead, and opens another. */
  drop(): void {
    this.#closed({ opened: true, code: 1006 });
  }

  /** No socket for now. */
  giveUp(): void {
    this.#release();
    this.#become("post");
  }

  close(): void {
    this.#release();
    this.#become("closed");
  }

  #open(): void {
    clearTimeout(this.#next);
    if (this.#url === null) return;
    const listener = {
      opened: () => {
        this.#openedAt = Date.now();
        this.#become("open");
      },
      closed: (end: SocketEnd) => {
        this.#closed(end);
      },
      event: this.#listener.event.bind(this.#listener),
    };
    try {
      this.#socket = new SocketTransport(this.#url, listener, this.#webSocket);
    } catch {
      this.#closed({ opened: false, code: 1006 }); // an address that the browser refuses
    }
  }

  #closed({ opened, code }: SocketEnd): void {
    this.#release();
    const stable = opened && Date.now() - this.#openedAt >= STABLE_MS;
    this.#failures = stable ? 0 : this.#failures + 1;
    const again = this.#failures <= FAILURES_MAX;
    this.#become(opened && again ? "reconnecting" : "post");
    if (SESSION_CLOSE_CODES.includes(code) && this.#listener.expired()) return;
    if (again) {
      this.#next = setTimeout(() => {
        this.#open();
      }, backoffMs(this.#failures));
    }
  }

  #release(): void {
    clearTimeout(this.#next);
    this.#socket?.close();
    this.#socket = null;
  }

  #become(status: LinkStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#listener.status(status);
  }
}
