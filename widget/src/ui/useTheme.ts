// Light or dark: the system's choice, until the shopper makes one.

import { useCallback, useEffect, useState } from "react";
import { recall, remember } from "../state/memory";

export type Theme = "light" | "dark";

const DARK = "(prefers-color-scheme: dark)";

/** Puts the chosen theme on the page before the first paint; without a choice the style sheet follows the system. */
export function applyChosenTheme(): void {
  const chosen = recall("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
}

function current(): Theme {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia(DARK).matches ? "dark" : "light";
}

export function useTheme(): { theme: Theme; toggle: () => void } {
  const [theme, setTheme] = useState(current);
  useEffect(() => {
    const query = matchMedia(DARK);
    const follow = () => {
      setTheme(current());
    };
    query.addEventListener("change", follow);
    return () => {
      query.removeEventListener("change", follow);
    };
  }, []);
  const toggle = useCallback(() => {
    const next = current() === "dark" ? "light" : "dark";
    document.documentElement.dataset["theme"] = next;
    remember("theme", next);
    setTheme(next);
  }, []);
  return { theme, toggle };
}
