// Scrolls with an answer while it arrives, unless the reader has scrolled away. It stops where the newest turn fills the view,
// so that a long answer is read from its beginning.

import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

/** How near to the followed place still counts as following, in CSS pixels. */
const NEAR = 48;
/** Space kept above the newest turn, in CSS pixels. */
const ABOVE = 12;

export interface Follow {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly content: RefObject<HTMLDivElement | null>;
  readonly onScroll: () => void;
  /** Whether something lies below what is visible. */
  readonly below: boolean;
  readonly toEnd: () => void;
}

/** `newest` names the last entry; a new one is always scrolled to. */
export function useFollow(newest: string): Follow {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [below, setBelow] = useState(false);

  const look = useCallback(() => {
    const element = box.current;
    if (element !== null) setBelow(element.scrollHeight - element.clientHeight - element.scrollTop > NEAR);
  }, []);
  const follow = useCallback(() => {
    const element = box.current;
    if (element !== null && following.current) element.scrollTop = place(element);
    look();
  }, [look]);
  const onScroll = useCallback(() => {
    const element = box.current;
    if (element !== null) following.current = element.scrollTop >= place(element) - NEAR;
    look();
  }, [look]);
  const toEnd = useCallback(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, []);

  // The sizes are watched rather than the state, so that a turned phone and an opened keyboard count as well.
  useEffect(() => {
    const observer = new ResizeObserver(follow);
    for (const element of [box.current, content.current]) if (element !== null) observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [follow]);

  useLayoutEffect(() => {
    following.current = true;
    const element = box.current;
    if (element !== null && newest !== "") element.scrollTop = place(element);
  }, [newest]);

  return { box, content, onScroll, below, toEnd };
}

function place(element: HTMLElement): number {
  const end = element.scrollHeight - element.clientHeight;
  const entry = element.querySelector<HTMLElement>("[data-entry]:last-of-type");
  return entry === null ? 0 : Math.min(end, entry.offsetTop - ABOVE);
}
