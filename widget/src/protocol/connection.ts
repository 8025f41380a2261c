// The connection of one session. It carries turns by WebSocket, by POST while there is none, and brings the answers in flight from
// one carrier to the next. Two ways to go on are kept apart: a *resume* continues after the last delta; a *restart* sends the
// turn again and has the answer from its beginning, so its listener forgets what it had.

import type { Api } from "./api";
import { backoffMs } from "./backoff";
import { InFlight, type Flight } from "./inflight";
import { Link } from "./link";
import { PostTransport } from "./post";
import { errorEvent, needsSession, problemFrom } from "./problem";
import type { EventListener, LinkStatus, Transport } from "./transport";
import { NETWORK, type Message, type ServerEvent } from "./types";

/** How often a broken POST is sent again before the shopper is asked. */
const BREAKS_MAX = 2;

export interface ConnectionListener extends EventListener {
  status(status: LinkStatus): void;
  /** The answer to `id` begins again. */
  restarted(id: string): void;
  /** The last delta of this answer that was taken. */
  progress(id: string): number;
  /** Whether the answer is complete. An end that came past a gap does not complete it. */
  settled(id: string): boolean;
}

export class Connection implements Transport {
  readonly #api: Pick<Api, "messages" | "start">;
  readonly #listener: ConnectionListener;
  readonly #link: Link;
  readonly #post: PostTransport;
  readonly #flights = new InFlight((flight) => {
    this.#silent(flight);
  });
  /** Whether a 401 may start a new session; not twice without an answer between. */
  #renewable = true;

  constructor(api: Pick<Api, "messages" | "start">, listener: ConnectionListener, webSocket = WebSocket) {
    this.#api = api;
    this.#listener = listener;
    this.#link = new Link(
      {
        event: (event) => {
          this.#event(event, true);
        },
        status: (status) => {
          this.#linkBecame(status);
        },
        expired: () => this.#renew(),
      },
      webSocket,
    );
    this.#post = new PostTransport(api, {
      event: (event) => {
        this.#event(event);
      },
      broken: (id) => {
        this.#broken(id);
      },
    });
  }

  /** Goes over to the socket of a session that began; null where it has none, and everything goes by POST. */
  connect(wsUrl: string | null): void {
    this.#link.connect(wsUrl);
  }

  /** The network or the page came back: try the socket now. */
  wake(): void {
    this.#link.wake();
  }

  message(message: Message): void {
    this.#flights.remove(message.id);
    this.#carry(this.#flights.add(message));
  }

  resume(id: string): void {
    const flight = this.#flights.get(id);
    if (flight?.carrier === "socket") this.#link.socket?.resume(id, this.#listener.progress(id));
    else if (flight?.carrier === "post") this.#byPost(flight);
  }

  stop(id: string): void {
    const carrier = this.#flights.get(id)?.carrier;
    this.#flights.remove(id);
    if (carrier === "socket") this.#link.socket?.stop(id);
    else this.#post.stop(id);
  }

  close(): void {
    this.#link.close();
    this.#post.close();
    this.#flights.clear();
  }

  #linkBecame(status: LinkStatus): void {
    for (const flight of this.#flights.all()) {
      if (flight.carrier === "socket") flight.carrier = null; // that socket is gone
      if (flight.carrier === null) this.#carry(flight);
    }
    this.#listener.status(status);
  }

  /** Puts a turn on the best carrier there is; it waits when a socket is about to open. */
  #carry(flight: Flight): void {
    const { socket, status } = this.#link;
    if (socket !== null) {
      flight.carrier = "socket";
      if (flight.sent) socket.resume(flight.message.id, this.#listener.progress(flight.message.id));
      else socket.message(flight.message);
      flight.sent = true;
    } else if (status === "post") this.#byPost(flight);
  }

  #byPost(flight: Flight): void {
    if (flight.sent) this.#listener.restarted(flight.message.id);
    flight.carrier = "post";
    flight.sent = true;
    this.#post.message(flight.message);
  }

  #event(received: ServerEvent, bySocket = false): void {
    // What names no turn concerns the turn in flight, if there is only one.
    const id = received.id ?? this.#flights.sole()?.message.id;
    const event = received.type === "error" && id !== undefined ? { ...received, id } : received;
    const flight = id === undefined ? undefined : this.#flights.get(id);
    if (event.type !== "error") this.#renewable = true;
    else if (bySocket && needsSession(event.code) && this.#renew()) return;
    else if (event.code === "unknown_message" && flight !== undefined && !flight.forgotten) {
      this.#forgotten(flight);
      return;
    }
    if (flight !== undefined) this.#flights.heard(flight);
    this.#listener.event(event);
    if (id !== undefined && this.#listener.settled(id)) this.#flights.remove(id);
  }

  /** The server lost the turn: send it again, once. Its id makes that safe. */
  #forgotten(flight: Flight): void {
    flight.forgotten = true;
    this.#listener.restarted(flight.message.id);
    flight.sent = false;
    flight.carrier = null;
    this.#carry(flight);
  }

  #broken(id: string): void {
    const flight = this.#flights.get(id);
    if (flight === undefined) return;
    flight.carrier = null;
    flight.breaks += 1;
    if (flight.breaks > BREAKS_MAX) {
      const code = this.#listener.progress(id) > 0 ? "interrupted" : NETWORK;
      this.#event({ type: "error", id, code, message: "The connection was lost." });
      return;
    }
    setTimeout(() => {
      if (this.#flights.get(id) === flight && flight.carrier === null) this.#carry(flight);
    }, backoffMs(flight.breaks));
  }

  /** First ask again; then take the socket for dead; then give up. */
  #silent(flight: Flight): void {
    const { id } = flight.message;
    if (flight.silences >= 3) {
      this.stop(id);
      this.#listener.event({ type: "error", id, code: "origin_timeout", message: "The assistant took too long." });
    } else if (flight.silences === 2 && flight.carrier === "socket") this.#link.drop();
    else this.resume(id);
  }

  /** Starts a new session, after which the API's owner calls `connect`. Returns whether it may. */
  #renew(): boolean {
    if (!this.#renewable) return false;
    this.#renewable = false;
    this.#link.suspend();
    this.#api.start().catch((error: unknown) => {
      for (const { message } of this.#flights.all()) this.#event(errorEvent(message.id, problemFrom(error)));
      this.#link.giveUp();
    });
    return true;
  }
}
