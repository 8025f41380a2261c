// A cover drawn from the title: the demo has no pictures, and a pattern with a large glyph says "book" well enough.

/** How many patterns the style sheet has. */
const PATTERNS = 6;

export function Cover({ id, title }: { id: string; title: string }) {
  return (
    <span className={`cover cover-${pattern(id)}`} aria-hidden="true">
      <span className="cover-glyph">{glyph(title)}</span>
    </span>
  );
}

/** The same series always has the same pattern. */
function pattern(id: string): number {
  let hash = 7;
  for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return hash % PATTERNS;
}

/** The first Japanese character of a title; without one, its first letter. */
function glyph(title: string): string {
  const japanese = title.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u);
  if (japanese !== null) return japanese[0];
  const letters = title.replace(/^(the|a|an)\s+/i, "").match(/[\p{L}\p{N}]/gu) ?? [];
  return letters[0]?.toUpperCase() ?? "本";
}
