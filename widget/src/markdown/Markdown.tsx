// Renders the tree of `parse.ts`.

import { Fragment, memo, type ReactNode } from "react";
import { OutLink } from "../ui/OutLink";
import { parseBlocks, withoutOpenLink, type Inline } from "./parse";

export const Markdown = memo(function Markdown({ text, streaming = false }: { text: string; streaming?: boolean }) {
  // Blocks and marks have no identity but their place, so the place is the key.
  return parseBlocks(streaming ? withoutOpenLink(text) : text).map((block, at) => {
    if (block.type === "paragraph") return <p key={at}>{inlines(block.children)}</p>;
    const items = block.items.map((item, place) => <li key={place}>{inlines(item)}</li>);
    return block.start === null ? <ul key={at}>{items}</ul> : <ol key={at} start={block.start}>{items}</ol>;
  });
});

function inlines(nodes: readonly Inline[]): ReactNode {
  return nodes.map((node, at) => <Fragment key={at}>{inline(node)}</Fragment>);
}

function inline(node: Inline): ReactNode {
  switch (node.type) {
    case "text":
      return node.text;
    case "code":
      return <code>{node.text}</code>;
    case "strong":
      return <strong>{inlines(node.children)}</strong>;
    case "em":
      return <em>{inlines(node.children)}</em>;
    case "link":
      return <OutLink href={node.href}>{inlines(node.children)}</OutLink>;
  }
}
