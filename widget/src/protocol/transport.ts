// What carries turns to the server and events back. Three things implement it: a WebSocket, POSTs, and the connection that
// chooses between those two and is all that the rest of the widget knows.

import type { Message, ServerEvent } from "./types";

/** Carries turns one way; events come back through a listener given at construction. Nothing here throws. */
export interface Transport {
  /** Sends a turn. The same id with the same text is answered once, so sending again is safe. */
  message(message: Message): void;
  /** Asks for what came after delta `after` of the answer to `id`. */
  resume(id: string, after: number): void;
  /** Ends the answer to `id`. */
  stop(id: string): void;
  /** Lets go of everything. Nothing is heard afterwards. */
  close(): void;
}

/** Hears what a transport receives. */
export interface EventListener {
  event(event: ServerEvent): void;
}

/** How the connection is doing, for people. */
export type LinkStatus =
  /** The first socket is being opened. */
  | "connecting"
  /** The socket is open. */
  | "open"
  /** The socket was lost and is being opened again. */
  | "reconnecting"
  /** No socket can be opened, or the host has none: turns go by POST. */
  | "post"
  /** Closed on purpose. */
  | "closed";
