// Scrolls with an answer while it arrives, unless the reader has scrolled away. It stops where the newest turn fills the view,
// so that a long answer is read from its beginning.

import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from "react";

/** How near to the followed place still counts as following, in CSS pixels. */
const NEAR = 48;
/** Space kept above the newest turn, in CSS pixels. */
const ABOVE = 12;

export interface Follow {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly onScroll: () => void;
  /** Whether something lies below what is visible. */
  readonly below: boolean;
  readonly toEnd: () => void;
}

/** `content` changes whenever the box may have grown; `newest` names the last entry, a new one of which is always scrolled to. */
export function useFollow(content: unknown, newest: string): Follow {
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const last = useRef(newest);
  const [below, setBelow] = useState(false);

  const onScroll = useCallback(() => {
    const element = box.current;
    if (element === null) return;
    following.current = element.scrollTop >= place(element) - NEAR;
    setBelow(element.scrollHeight - element.clientHeight - element.scrollTop > NEAR);
  }, []);

  const toEnd = useCallback(() => {
    const element = box.current;
    element?.scrollTo({ top: element.scrollHeight });
  }, []);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    if (last.current !== newest) following.current = true;
    last.current = newest;
    if (following.current) element.scrollTop = place(element);
    setBelow(element.scrollHeight - element.clientHeight - element.scrollTop > NEAR);
  }, [content, newest]);

  return { box, onScroll, below, toEnd };
}

function place(element: HTMLElement): number {
  const end = element.scrollHeight - element.clientHeight;
  const entry = element.querySelector<HTMLElement>("[data-entry]:last-of-type");
  return entry === null ? end : Math.min(end, entry.offsetTop - ABOVE);
}
