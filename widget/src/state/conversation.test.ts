import { describe, expect, it } from "vitest";
import type { ServerEvent } from "../protocol/types";
import { product } from "../test/fakes";
import { EMPTY, openTurn, reduce, turnOf, type Action, type Conversation } from "./conversation";
import { hasGap, type Turn } from "./turn";

const ID = "a";
const NOW = 1_000_000;
const start: ServerEvent = { type: "start", id: ID, source: "model" };
const done: ServerEvent = { type: "done", id: ID, source: "model", citations: [{ kind: "faq", id: "f", title: "F" }] };
const delta = (seq: number, text: string): ServerEvent => ({ type: "delta", id: ID, seq, text });
const cards = (...ids: string[]): ServerEvent => ({ type: "cards", id: ID, products: ids.map(product) });

function asked(...events: ServerEvent[]): Conversation {
  return after({ type: "asked", message: { id: ID, text: "Q" } }, ...events.map(event));
}

function after(...actions: Action[]): Conversation {
  return actions.reduce(reduce, EMPTY);
}

function event(received: ServerEvent): Action {
  return { type: "event", event: received, now: NOW };
}

function turn(state: Conversation, id = ID): Turn {
  const found = turnOf(state, id);
  if (found === undefined) throw new Error(`no turn ${id}`);
  return found;
}

describe("a turn", () => {
  it("waits until its answer starts", () => {
    expect(turn(asked()).phase).toBe("waiting");
    expect(turn(asked(start))).toMatchObject({ phase: "streaming", source: "model" });
  });

  it("appends deltas, shows cards, and ends with its citations", () => {
    const state = asked(start, delta(1, "He"), delta(2, "llo"), cards("monster"), done);
    expect(turn(state)).toMatchObject({ phase: "done", text: "Hello", citations: [{ id: "f" }] });
    expect(turn(state).cards.map((card) => card.id)).toEqual(["monster"]);
  });

  it("takes its source from the end, since a fall-back may have answered", () => {
    expect(turn(asked(start, { ...done, source: "extractive" } as ServerEvent)).source).toBe("extractive");
  });

  it("ignores a delta that it has", () => {
    const state = asked(start, delta(1, "a"), delta(2, "b"));
    expect(reduce(state, event(delta(1, "a")))).toBe(state);
    expect(turn(reduce(state, event(delta(2, "x")))).text).toBe("ab");
  });

  it("does not append a delta past a gap, and knows that there is one", () => {
    const state = turn(asked(start, delta(1, "a"), delta(3, "c")));
    expect(state).toMatchObject({ text: "a", seq: 1, seen: 3 });
    expect(hasGap(state)).toBe(true);
  });

  it("does not end past a gap, and ends when the gap is closed", () => {
    const open = asked(start, delta(1, "a"), delta(3, "c"), done);
    expect(turn(open).phase).toBe("streaming");
    const closed = [delta(2, "b"), delta(3, "c"), done].map(event).reduce(reduce, open);
    expect(turn(closed)).toMatchObject({ phase: "done", text: "abc" });
  });

  it("shows cards once that a resume sends again", () => {
    expect(turn(asked(start, cards("a", "b"), cards("b", "c"))).cards.map((card) => card.id)).toEqual(["a", "b", "c"]);
  });

  it("fails with the code, and with the time at which to try again", () => {
    const error: ServerEvent = { type: "error", id: ID, code: "rate_limited", message: "slow down", retry_after: 12 };
    expect(turn(asked(error))).toMatchObject({ phase: "failed", failure: { code: "rate_limited", retryAt: NOW + 12_000 } });
  });

  it("keeps what was said before it failed", () => {
    const error: ServerEvent = { type: "error", id: ID, code: "interrupted", message: "" };
    expect(turn(asked(start, delta(1, "half"), error)).text).toBe("half");
  });

  it("ignores everything after its end", () => {
    for (const end of [done, { type: "error", id: ID, code: "internal", message: "" } as ServerEvent]) {
      const state = asked(start, delta(1, "a"), end);
      expect([start, delta(2, "b"), done].map(event).reduce(reduce, state)).toBe(state);
    }
  });

  it("stops at the shopper's word and ignores what comes late", () => {
    const state = reduce(asked(start, delta(1, "a")), { type: "stopped", id: ID });
    expect(turn(state).phase).toBe("stopped");
    expect(reduce(state, event(delta(2, "b")))).toBe(state);
  });

  it("shows its old text until a restarted answer arrives, and then only the new one", () => {
    const state = reduce(asked(start, delta(1, "old"), delta(2, " text"), cards("a")), { type: "restarted", id: ID });
    expect(turn(state)).toMatchObject({ text: "old text", seq: 0, phase: "waiting" });
    const again = [start, delta(1, "new")].map(event).reduce(reduce, state);
    expect(turn(again)).toMatchObject({ text: "new", cards: [], phase: "streaming" });
  });

  it("stays as it is while its answer comes again, and goes on where that is new", () => {
    const half = asked(start, delta(1, "old"), delta(2, " text"), cards("a"));
    let state = reduce(half, { type: "restarted", id: ID });
    for (const again of [start, delta(1, "old"), delta(2, " text"), cards("a")]) {
      state = reduce(state, event(again));
      expect(turn(state)).toMatchObject({ text: "old text", cards: [{ id: "a" }] });
    }
    state = [delta(3, " and more"), done].map(event).reduce(reduce, state);
    expect(turn(state)).toMatchObject({ phase: "done", text: "old text and more", cards: [{ id: "a" }], replay: null });
  });

  it("ends with the answer that came again, even where that is shorter", () => {
    const half = asked(start, delta(1, "Yes, it is."), cards("a"));
    const again = [start, delta(1, "Yes"), done].map(event);
    const state = again.reduce(reduce, reduce(half, { type: "restarted", id: ID }));
    expect(turn(state)).toMatchObject({ phase: "done", text: "Yes", cards: [] });
  });

  it("keeps what it has when its answer fails while it comes again", () => {
    const error: ServerEvent = { type: "error", id: ID, code: "interrupted", message: "" };
    const state = reduce(asked(start, delta(1, "half"), delta(2, " done")), { type: "restarted", id: ID });
    const failed = [start, delta(1, "half"), error].map(event).reduce(reduce, state);
    expect(turn(failed)).toMatchObject({ phase: "failed", text: "half done" });
  });

  it("goes on under another id when it is asked again as new", () => {
    const state = reduce(asked({ type: "error", id: ID, code: "id_reused", message: "" }), { type: "renamed", id: ID, to: "b" });
    expect(turnOf(state, ID)).toBeUndefined();
    expect(turn(state, "b")).toMatchObject({ phase: "waiting", question: "Q", failure: null });
  });

  it("has no answer yet when it is asked again as new", () => {
    const stopped = after({ type: "asked", message: { id: ID, text: "Q" } }, event(start), event(delta(1, "half")), {
      type: "stopped",
      id: ID,
    });
    const state = reduce(stopped, { type: "renamed", id: ID, to: "b" });
    expect(turn(state, "b")).toMatchObject({ phase: "waiting", text: "", source: null });
  });
});

describe("a conversation", () => {
  it("shows an answer that nobody here asked for", () => {
    const state = after(event({ type: "start", id: "z", source: "model" }), event({ type: "delta", id: "z", seq: 1, text: "Hi" }));
    expect(turn(state, "z")).toMatchObject({ question: "", text: "Hi" });
  });

  it("shows no rest of an answer that it does not know", () => {
    expect(after(event({ type: "delta", id: "z", seq: 4, text: "…" }))).toBe(EMPTY);
  });

  it("notes an error that belongs to no turn", () => {
    const state = after(event({ type: "error", code: "malformed", message: "what?" }));
    expect(state.entries).toMatchObject([{ kind: "note", about: { what: "error", code: "malformed" } }]);
  });

  it("puts earlier turns first, and none twice", () => {
    const past = (id: string) => ({ id, at_ms: 0, text: id, answer: "A", source: "model" as const });
    const page = { turns: [past("x"), past(ID)], next: "n" };
    const state = reduce(asked(start), { type: "history", page });
    expect(state.entries.map((entry) => entry.kind === "turn" && entry.id)).toEqual(["x", ID]);
    expect(state.earlier).toBe("n");
    expect(turn(state, "x")).toMatchObject({ phase: "done", text: "A", past: true });
  });

  it("knows which answer is still coming", () => {
    expect(openTurn(asked(start))?.id).toBe(ID);
    expect(openTurn(asked(start, done))).toBeUndefined();
  });
});
