// Small choices kept in localStorage. A browser may refuse it (private windows, blocked storage): then nothing is kept.

export type Choice = "theme" | "language" | "customer";

export function recall(choice: Choice): string | null {
  try {
    return localStorage.getItem(`mangaassist.${choice}`);
  } catch {
    return null;
  }
}

/** Keeps the value, or forgets it when it is null. */
export function remember(choice: Choice, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`mangaassist.${choice}`);
    else localStorage.setItem(`mangaassist.${choice}`, value);
  } catch {
    // Not kept; the page works without.
  }
}
