import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useRef, useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { TEXT_CHARS_MAX } from "../protocol/types";
import { Composer } from "./Composer";

function Field({ onSend, busy = false }: { onSend: (text: string) => void; busy?: boolean }) {
  const [draft, setDraft] = useState("");
  const input = useRef<HTMLTextAreaElement>(null);
  return <Composer input={input} draft={draft} onDraft={setDraft} busy={busy} online onSend={onSend} onStop={() => undefined} />;
}

describe("the composer", () => {
  const setUp = (busy = false) => {
    const onSend = vi.fn<(text: string) => void>();
    render(<Field onSend={onSend} busy={busy} />);
    return { onSend, field: screen.getByRole("textbox") as HTMLTextAreaElement };
  };

  it("sends the trimmed text on Enter, and is empty afterwards", async () => {
    const { onSend, field } = setUp();
    await userEvent.type(field, " Hello {Enter}");
    expect(onSend).toHaveBeenCalledExactlyOnceWith("Hello");
    expect(field.value).toBe("");
  });

  it("starts a line on Shift+Enter", async () => {
    const { onSend, field } = setUp();
    await userEvent.type(field, "a{Shift>}{Enter}{/Shift}b");
    expect(field.value).toBe("a\nb");
    expect(onSend).not.toHaveBeenCalled();
  });

  it("leaves Enter to an input method that composes", () => {
    const { onSend, field } = setUp();
    fireEvent.change(field, { target: { value: "わんぴーす" } });
    fireEvent.keyDown(field, { key: "Enter", isComposing: true });
    // Safari: the composition is over by now, but the key carries the code of one that an input method took.
    fireEvent.keyDown(field, { key: "Enter", keyCode: 229 });
    expect(onSend).not.toHaveBeenCalled();
    fireEvent.keyDown(field, { key: "Enter", keyCode: 13 });
    expect(onSend).toHaveBeenCalledExactlyOnceWith("わんぴーす");
  });

  it("sends nothing but space to nobody", async () => {
    const { onSend, field } = setUp();
    await userEvent.type(field, "  {Enter}");
    expect(onSend).not.toHaveBeenCalled();
  });

  it("keeps the text while an answer is being written", async () => {
    const { onSend, field } = setUp(true);
    await userEvent.type(field, "next{Enter}");
    expect(onSend).not.toHaveBeenCalled();
    expect(field.value).toBe("next");
    expect(screen.getByRole("button", { name: "Stop" })).toBeDefined();
  });

  it("counts characters as the protocol does, and refuses one too many", () => {
    const { onSend, field } = setUp();
    fireEvent.change(field, { target: { value: "𠮷".repeat(TEXT_CHARS_MAX) } });
    expect(screen.getByText("0 characters left")).toBeDefined();
    fireEvent.change(field, { target: { value: "𠮷".repeat(TEXT_CHARS_MAX + 1) } });
    expect(screen.getByRole("alert").textContent).toBe("1 characters too many");
    fireEvent.keyDown(field, { key: "Enter" });
    expect(onSend).not.toHaveBeenCalled();
  });
});
