// One WebSocket, from the attempt to open it until it is gone. It does not reconnect: the connection does, with a new one.

import { decodeEvent } from "./decode";
import type { EventListener, Transport } from "./transport";
import type { ClientMessage, Message } from "./types";

/** How long an attempt to open may take, in milliseconds. Some networks swallow upgrades without an answer. */
export const OPEN_MS_MAX = 8_000;

/** How a socket ended. */
export interface SocketEnd {
  /** Whether it was ever open. If not, the reason is unknown: browsers hide the status of a refused upgrade. */
  readonly opened: boolean;
  /** The close code (RFC 6455, section 7.4). */
  readonly code: number;
}

export interface SocketListener extends EventListener {
  opened(): void;
  closed(end: SocketEnd): void;
}

export class SocketTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #listener: SocketListener;
  readonly #openTimer: ReturnType<typeof setTimeout>;
  #opened = false;
  #ended = false;

  constructor(url: string, listener: SocketListener, socket: typeof WebSocket = WebSocket) {
    this.#listener = listener;
    this.#socket = new socket(url);
    this.#openTimer = setTimeout(() => {
      this.#end(1006);
    }, OPEN_MS_MAX);
    this.#socket.addEventListener("open", () => {
      if (this.#ended) return;
      clearTimeout(this.#openTimer);
      this.#opened = true;
      listener.opened();
    });
    this.#socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (this.#ended || typeof data !== "string") return;
      const event = decodeEvent(data);
      if (event !== null) listener.event(event);
    });
    this.#socket.addEventListener("close", ({ code }) => {
      this.#end(code);
    });
    // `error` is always followed by `close`, which is where it is handled.
  }

  message(message: Message): void {
    this.#send({ type: "message", ...message });
  }

  resume(id: string, after: number): void {
    this.#send({ type: "resume", id, after });
  }

  stop(id: string): void {
    this.#send({ type: "stop", id });
  }

  close(): void {
    this.#ended = true;
    clearTimeout(this.#openTimer);
    this.#socket.close(1000);
  }

  #send(message: ClientMessage): void {
    // In the other states the close event is on its way, and what was not sent is resumed by the next carrier.
    if (this.#opened && this.#socket.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #end(code: number): void {
    if (this.#ended) return;
    this.close();
    this.#listener.closed({ opened: this.#opened, code });
  }
}

/** The session's `ws_url` as a WebSocket address; it may be relative to the page. */
export function socketUrl(wsUrl: string, base: string): string {
  const url = new URL(wsUrl, base);
  url.protocol = url.protocol.replace(/^http/, "ws");
  return url.href;
}
