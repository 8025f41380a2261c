// Which language a text is in, for its `lang` attribute: it decides the voice of a screen reader and the shapes of Han characters.

export type Language = "en" | "ja";

/** Japanese when at least this share of the letters is: "ONE PIECEは111巻まで出ています" is Japanese, "Monster (怪物)" is not. */
const JAPANESE_SHARE = 0.3;

export function languageOf(text: string): Language {
  const japanese = text.match(/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}ー]/gu)?.length ?? 0;
  if (japanese === 0) return "en";
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  return japanese >= (japanese + latin) * JAPANESE_SHARE ? "ja" : "en";
}

/** The text in whole sentences, as far as it has arrived: the sentences from `from` on, and where the next one begins. */
export function completeSentences(text: string, from: number): { sentences: string[]; next: number } {
  const sentences: string[] = [];
  let next = from;
  // A full stop ends a sentence only before a space, so that "3.5" and "example.com" stay whole.
  for (const match of text.slice(from).matchAll(/[^\n]*?(?:[。\uff01\uff1f]+[」』\uff09]*|[.!?]+["')\]*]*(?=\s)|\n)/g)) {
    next = from + match.index + match[0].length;
    if (match[0].trim() !== "") sentences.push(match[0].trim());
  }
  return { sentences, next };
}
