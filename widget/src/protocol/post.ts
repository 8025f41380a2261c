// Turns by POST, their events by SSE. It needs no open connection between turns, and passes where sockets do not.

import type { Api } from "./api";
import { decodeEvent } from "./decode";
import { ProblemError, errorEvent } from "./problem";
import { readSse } from "./sse";
import type { EventListener, Transport } from "./transport";
import type { Message } from "./types";

export interface PostListener extends EventListener {
  /** The stream of this answer ended before the answer did. */
  broken(id: string): void;
}

export class PostTransport implements Transport {
  readonly #api: Pick<Api, "messages">;
  readonly #listener: PostListener;
  readonly #running = new Map<string, { readonly message: Message; readonly abort: AbortController }>();

  constructor(api: Pick<Api, "messages">, listener: PostListener) {
    this.#api = api;
    this.#listener = listener;
  }

  message(message: Message): void {
    this.stop(message.id);
    const abort = new AbortController();
    this.#running.set(message.id, { message, abort });
    void this.#run(message, abort.signal);
  }

  /** A POST resumes by being sent again: the first run answers, from its first delta. */
  resume(id: string): void {
    const turn = this.#running.get(id);
    if (turn !== undefined) this.message(turn.message);
  }

  stop(id: string): void {
    this.#running.get(id)?.abort.abort();
    this.#running.delete(id);
  }

  close(): void {
    for (const id of this.#running.keys()) this.stop(id);
  }

  async #run(message: Message, signal: AbortSignal): Promise<void> {
    const { id } = message;
    let ended = false;
    try {
      const response = await this.#api.messages(message, signal);
      if (response.body !== null) {
        for await (const { data } of readSse(response.body)) {
          if (signal.aborted) return;
          let event = decodeEvent(data);
          if (event === null) continue;
          // The stream is this turn's, so an error that names no turn is this turn's as well.
          if (event.type === "error") event = { ...event, id };
          ended = event.type === "done" || event.type === "error";
          if (ended) this.#running.delete(id);
          this.#listener.event(event);
          if (ended) return;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ProblemError) {
        this.#running.delete(id);
        this.#listener.event(errorEvent(id, error.problem));
        return;
      }
      // No answer, or a stream that broke: whether the turn ran is unknown, and so for the listener to decide.
    }
    if (signal.aborted) return;
    this.#running.delete(id);
    this.#listener.broken(id);
  }
}
