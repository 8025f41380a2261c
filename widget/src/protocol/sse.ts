// Server-Sent Events read from a fetch body (WHATWG HTML, section 9.2.6). `EventSource` cannot POST, so the stream is
// parsed here. `retry:` is not used: the caller decides when to try again.

/** One event of a stream. */
export interface SseEvent {
  /** The `event:` field; `message` when there was none. */
  readonly name: string;
  /** The `data:` lines, joined by line feeds. */
  readonly data: string;
  /** The last `id:` seen so far. */
  readonly lastId: string;
}

/** Longest block kept while waiting for its end, in characters; an encoded event is at most 64 KiB. */
export const BLOCK_CHARS_MAX = 128 * 1024;

/** Cuts text that arrives in arbitrary pieces into events. */
export class SseParser {
  #rest = "";
  #started = false;
  #name = "";
  #data: string[] = [];
  #size = 0;
  #lastId = "";

  /** The events that this piece completes. */
  push(piece: string): SseEvent[] {
    let text = this.#rest + piece;
    // A byte order mark may open the stream, and only the stream.
    if (!this.#started && text.length > 0) {
      this.#started = true;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    const events: SseEvent[] = [];
    let from = 0;
    for (;;) {
      const end = nextLineEnd(text, from);
      if (end === null) break;
      const event = this.#line(text.slice(from, end.at));
      if (event !== null) events.push(event);
      from = end.next;
    }
    this.#rest = text.slice(from);
    if (this.#rest.length + this.#size > BLOCK_CHARS_MAX) throw new RangeError("An event of the stream is too long.");
    return events;
  }

  #line(line: string): SseEvent | null {
    if (line === "") return this.#dispatch();
    if (line.startsWith(":")) return null; // a comment, sent to keep the connection alive
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "event") this.#name = value;
    else if (field === "data") {
      this.#data.push(value);
      this.#size += value.length;
    } else if (field === "id" && !value.includes("\0")) this.#lastId = value;
    return null;
  }

  #dispatch(): SseEvent | null {
    const event =
      this.#data.length === 0
        ? null
        : { name: this.#name === "" ? "message" : this.#name, data: this.#data.join("\n"), lastId: this.#lastId };
    this.#name = "";
    this.#data = [];
    this.#size = 0;
    return event;
  }
}

/** The next CR, LF or CRLF. A CR that ends the text is left: its LF may come with the next piece. */
function nextLineEnd(text: string, from: number): { at: number; next: number } | null {
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (char === "\n") return { at, next: at + 1 };
    if (char === "\r") {
      if (at + 1 === text.length) return null;
      return { at, next: text[at + 1] === "\n" ? at + 2 : at + 1 };
    }
  }
  return null;
}

/** The events of a response body, in order. Ends when the body ends; an unfinished event is dropped, as the standard says. */
export async function* readSse(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Also when the consumer leaves early: the server then stops the answer.
    await reader.cancel().catch(() => undefined);
  }
}
