// What jsdom lacks and the page takes for granted.

import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// Without test globals, Testing Library does not clean up by itself.
afterEach(() => {
  cleanup();
  localStorage.clear();
});

class NoResizeObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

vi.stubGlobal("ResizeObserver", NoResizeObserver);
vi.stubGlobal("matchMedia", (media: string) => ({
  media,
  matches: false,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
}));
