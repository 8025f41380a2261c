// The Markdown that answers may use: paragraphs, flat lists, **bold**, *italics*, `code` and [links](…). Everything else, HTML
// included, is text. The result is a tree for React to render, so no string ever becomes markup.

import { safeHref } from "./href";

export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "strong" | "em"; readonly children: readonly Inline[] }
  | { readonly type: "link"; readonly href: string; readonly children: readonly Inline[] };

export type Block =
  | { readonly type: "paragraph"; readonly children: readonly Inline[] }
  | { readonly type: "list"; readonly start: number | null; readonly items: readonly (readonly Inline[])[] };

/** Deepest nesting of inline marks; deeper ones are text. */
const DEPTH_MAX = 4;

const BULLET = /^\s{0,3}(?:[-*+•]|・(?=\s))\s+(.*)$/;
const NUMBER = /^\s{0,3}(\d{1,4})[.)]\s+(.*)$/;

export function parseBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let items: string[] = [];
  let start: number | null = null;
  const endParagraph = () => {
    if (lines.length > 0) blocks.push({ type: "paragraph", children: parseInline(lines.join("\n")) });
    lines = [];
  };
  const endList = () => {
    if (items.length > 0) blocks.push({ type: "list", start, items: items.map((item) => parseInline(item)) });
    items = [];
  };
  for (const line of text.split(/\r\n|\r|\n/)) {
    const bullet = BULLET.exec(line);
    const number = bullet === null ? NUMBER.exec(line) : null;
    const item = bullet?.[1] ?? number?.[2];
    if (item !== undefined) {
      const first = number?.[1] === undefined ? null : Number(number[1]);
      endParagraph();
      // A list of the other kind is another list.
      if (items.length > 0 && (first === null) !== (start === null)) endList();
      if (items.length === 0) start = first;
      items.push(item);
    } else if (line.trim() === "") {
      endParagraph();
      // A blank line does not end a list by itself: models put one between items.
    } else if (items.length > 0 && /^\s/.test(line)) {
      items.push(`${items.pop() ?? ""}\n${line.trim()}`);
    } else {
      endList();
      lines.push(line);
    }
  }
  endParagraph();
  endList();
  return blocks;
}

/** `*` and `_` open only before something and close only after something; `_` inside a word is a letter. */
const MARKS = [
  { type: "code", pattern: /`([^`\n]+)`/ },
  { type: "link", pattern: /\[((?:[^[\]\n]|\\[[\]])+)\]\(\s*([^\s()]*(?:\([^\s()]*\)[^\s()]*)*)\s*\)/ },
  { type: "strong", pattern: /\*\*(?=\S)([^\n]*?\S)\*\*/ },
  { type: "em", pattern: /\*(?=[^\s*])([^*\n]*[^\s*])\*(?!\*)/ },
  { type: "em", pattern: /(?<![\p{L}\p{N}_])_(?=[^\s_])([^_\n]*[^\s_])_(?![\p{L}\p{N}_])/u },
] as const;

export function parseInline(text: string, depth = 0): readonly Inline[] {
  const nodes: Inline[] = [];
  let rest = text;
  for (let found = firstMark(rest, depth); found !== null; found = firstMark(rest, depth)) {
    const { type, match } = found;
    if (match.index > 0) nodes.push({ type: "text", text: rest.slice(0, match.index) });
    nodes.push(node(type, match, depth));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest !== "") nodes.push({ type: "text", text: rest });
  return nodes;
}

function firstMark(text: string, depth: number) {
  if (depth >= DEPTH_MAX) return null;
  let first: { type: (typeof MARKS)[number]["type"]; match: RegExpExecArray } | null = null;
  for (const { type, pattern } of MARKS) {
    const match = pattern.exec(text);
    if (match !== null && (first === null || match.index < first.match.index)) first = { type, match };
  }
  return first;
}

function node(type: (typeof MARKS)[number]["type"], match: RegExpExecArray, depth: number): Inline {
  const inner = match[1] ?? "";
  if (type === "code") return { type, text: inner };
  if (type !== "link") return { type, children: parseInline(inner, depth + 1) };
  const href = safeHref(match[2] ?? "");
  // A link that must not be followed keeps its source, so that a reader sees what it was.
  return href === null
    ? { type: "text", text: match[0] }
    : { type, href, children: parseInline(inner, DEPTH_MAX) };
}

/** The text without its marks, for the clipboard and for screen readers. */
export function plainText(text: string): string {
  return parseBlocks(text)
    .map((block) =>
      block.type === "paragraph"
        ? flat(block.children)
        : block.items.map((item, at) => `${block.start === null ? "-" : `${block.start + at}.`} ${flat(item)}`).join("\n"),
    )
    .join("\n\n");
}

function flat(nodes: readonly Inline[]): string {
  return nodes.map((one) => ("text" in one ? one.text : flat(one.children))).join("");
}

/** A streamed text without a link that has only half arrived, so that its address does not flash up. */
export function withoutOpenLink(text: string): string {
  const at = text.lastIndexOf("[");
  if (at < 0 || text.length - at > 300) return text;
  return /^\[[^\]\n]*(?:\](?:\([^)\s]*)?)?$/.test(text.slice(at)) ? text.slice(0, at) : text;
}
