// The turns that wait for the end of their answer, each with a timer that notices silence.

import type { Message } from "./types";

/** How long an answer may be silent before it is asked for again, in milliseconds. Three of these are the 60 s of a turn. */
export const SILENCE_MS_MAX = 20_000;

export interface Flight {
  readonly message: Message;
  /** What carries the answer now; null while it waits for a carrier. */
  carrier: "socket" | "post" | null;
  /** Whether any carrier took the turn to the server. */
  sent: boolean;
  /** How often its stream broke. */
  breaks: number;
  /** Whether the server already forgot it once. */
  forgotten: boolean;
  /** Silences since the last event. */
  silences: number;
}

export class InFlight {
  readonly #flights = new Map<string, Flight>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #silent: (flight: Flight) => void;

  constructor(silent: (flight: Flight) => void) {
    this.#silent = silent;
  }

  add(message: Message): Flight {
    const flight: Flight = { message, carrier: null, sent: false, breaks: 0, forgotten: false, silences: 0 };
    this.#flights.set(message.id, flight);
    this.#watch(flight);
    return flight;
  }

  get(id: string): Flight | undefined {
    return this.#flights.get(id);
  }

  /** The only turn in flight, if there is exactly one. */
  sole(): Flight | undefined {
    return this.#flights.size === 1 ? this.all()[0] : undefined;
  }

  all(): Flight[] {
    return [...this.#flights.values()];
  }

  /** Something of this answer arrived. */
  heard(flight: Flight): void {
    flight.silences = 0;
    this.#watch(flight);
  }

  remove(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.#flights.delete(id);
  }

  clear(): void {
    for (const id of this.#flights.keys()) this.remove(id);
  }

  #watch(flight: Flight): void {
    const { id } = flight.message;
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      setTimeout(() => {
        flight.silences += 1;
        this.#watch(flight);
        this.#silent(flight);
      }, SILENCE_MS_MAX),
    );
  }
}
