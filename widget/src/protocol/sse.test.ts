import { describe, expect, it } from "vitest";
import { BLOCK_CHARS_MAX, readSse, SseParser, type SseEvent } from "./sse";

const STREAM = ": hello\n\nid: 1\nevent: delta\ndata: {\"a\":1}\n\nevent: done\ndata: one\ndata: two\n\n";
const EVENTS: SseEvent[] = [
  { name: "delta", data: '{"a":1}', lastId: "1" },
  { name: "done", data: "one\ntwo", lastId: "1" },
];

function parse(...pieces: string[]): SseEvent[] {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

function body(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

describe("the SSE parser", () => {
  it("reads the same events wherever the stream is cut in two", () => {
    for (let at = 0; at <= STREAM.length; at += 1) {
      expect(parse(STREAM.slice(0, at), STREAM.slice(at))).toEqual(EVENTS);
    }
  });

  it("reads the same events one character at a time, whatever the line ends", () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      // The last CR could still become a CRLF, so a stream of CRs is followed by a comment.
      const stream = `${STREAM.replaceAll("\n", end)}: end${end}`;
      expect(parse(...stream)).toEqual(EVENTS);
    }
  });

  it("does not take a CRLF that is cut in two for an empty line", () => {
    expect(parse("data: a\r", "\ndata: b\r", "\n\r", "\n")).toEqual([{ name: "message", data: "a\nb", lastId: "" }]);
  });

  it("ignores comments, unknown fields and events without data", () => {
    expect(parse(": ping\n\nretry: 5\nevent: start\n\n:\ndata: x\n\n")).toEqual([{ name: "message", data: "x", lastId: "" }]);
  });

  it("takes one space off a value, and a field without a colon for an empty value", () => {
    expect(parse("data:  two\ndata:none\ndata\n\n")).toEqual([{ name: "message", data: " two\nnone\n", lastId: "" }]);
  });

  it("skips a byte order mark at the start of the stream", () => {
    expect(parse("\uFEFFdata: x\n\n")).toEqual([{ name: "message", data: "x", lastId: "" }]);
  });

  it("drops an event that the stream ends before", () => {
    expect(parse("data: x\n")).toEqual([]);
  });

  it("refuses an event that never ends", () => {
    expect(() => parse("data: ", "x".repeat(BLOCK_CHARS_MAX))).toThrow(RangeError);
  });

  it("reads bytes that are cut inside a character", async () => {
    const bytes = new TextEncoder().encode("data: 海賊\n\n");
    for (let at = 1; at < bytes.length; at += 1) {
      const events = [];
      for await (const event of readSse(body(bytes.slice(0, at), bytes.slice(at)))) events.push(event.data);
      expect(events).toEqual(["海賊"]);
    }
  });
});
