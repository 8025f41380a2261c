// The page's language: which one, its sentences, and the formats that go with it.

import { createContext, useContext } from "react";
import type { Language } from "./language";
import type { Money } from "./protocol/types";
import { recall } from "./state/memory";
import { en, type Strings } from "./strings/en";
import { ja } from "./strings/ja";

export type { Language } from "./language";

const STRINGS: Readonly<Record<Language, Strings>> = { en, ja };

export interface I18n {
  readonly language: Language;
  readonly t: Strings;
}

export const I18nContext = createContext<I18n>({ language: "en", t: en });

export function useI18n(): I18n {
  return useContext(I18nContext);
}

export function stringsOf(language: Language): Strings {
  return STRINGS[language];
}

/** The language chosen before, else the first of the browser's that the shop speaks, else English. */
export function firstLanguage(preferred: readonly string[] = navigator.languages): Language {
  const chosen = recall("language");
  if (chosen === "en" || chosen === "ja") return chosen;
  const spoken = preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === "en" || tag === "ja");
  return spoken === "ja" ? "ja" : "en";
}

/** The price as people write it. The amount is in the currency's smallest unit, which yen and dollars divide differently. */
export function formatPrice({ amount, currency }: Money, language: Language): string {
  try {
    const format = new Intl.NumberFormat(language, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
    return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
  } catch {
    return `${amount / 100} ${currency}`; // not a currency code
  }
}

/** A genre by its name in this language: `slice-of-life` is "Slice of life". */
export function genreName(genre: string, t: Strings): string {
  const words = genre.replaceAll("-", " ");
  return t.genres[genre] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** What happened and what to do next. The server's own sentence serves for codes without a translation. */
export function problemText(code: string, message: string, t: Strings): string {
  return t.problems[code] ?? (message === "" ? (t.problems["internal"] ?? "") : message);
}
