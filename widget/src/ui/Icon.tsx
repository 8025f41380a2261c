// The icons, drawn as strokes on a 24 × 24 grid. They are always beside or inside something with a name, so they have none.

const PATHS = {
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  stop: "M7 7h10v10H7z",
  copy: "M9 9h10v11H9zM5 15V4h10",
  check: "M5 12.5 10 17.5 19.5 7",
  up: "M7 11v9H4v-9zM7 11l4-7c1.6 0 2.4 1 2.1 2.6L12.6 10H19c1.2 0 1.9 1 1.6 2.1l-1.7 6.4A2 2 0 0 1 17 20H7",
  down: "M17 13V4h3v9zM17 13l-4 7c-1.6 0-2.4-1-2.1-2.6l.5-3.4H5c-1.2 0-1.9-1-1.6-2.1l1.7-6.4A2 2 0 0 1 7 4h10",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.7-4 3.7-6 7.5-6s6.8 2 7.5 6",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  retry: "M20 12a8 8 0 1 1-2.6-5.9M20 4v4.5h-4.5",
  arrowDown: "M12 5v14M5.5 12.5 12 19l6.5-6.5",
  edit: "M4 20l1-4L16.5 4.5l3 3L8 19z",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  further: "M4 6h16M4 12h9M4 18h6M17 14v7M13.5 17.5h7",
  offline: "M3 3l18 18M8.5 15.5a5 5 0 0 1 6.5-.2M5 12a10 10 0 0 1 5-2.6M14.5 9.5A10 10 0 0 1 19 12M12 19.5v.01",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
