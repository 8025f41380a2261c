import { act, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { RetryButton } from "./RetryButton";

describe("the retry button", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("counts down to the time that the server named, and only then retries", () => {
    vi.useFakeTimers();
    const onRetry = vi.fn<() => void>();
    render(<RetryButton retryAt={Date.now() + 3000} onRetry={onRetry} />);
    const button = screen.getByRole("button");
    for (const seconds of [3, 2, 1]) {
      expect(button.textContent).toBe(`Retry in ${seconds} s`);
      fireEvent.click(button);
      act(() => { vi.advanceTimersByTime(1000); });
    }
    expect(onRetry).not.toHaveBeenCalled();
    expect(button.textContent).toBe("Retry");
    fireEvent.click(button);
    expect(onRetry).toHaveBeenCalledOnce();
  });

  it("is ready at once when no time is named", () => {
    render(<RetryButton retryAt={null} onRetry={() => undefined} />);
    expect(screen.getByRole("button", { name: "Retry" }).getAttribute("aria-disabled")).toBe("false");
  });
});
