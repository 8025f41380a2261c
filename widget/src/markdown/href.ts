// Which links of an answer may be followed. A model may be talked into writing any link, and records may be wrong, so only
// http(s) and pages of this site pass; everything else is shown as text.

/** The address to put in `href`, or null if it must not be followed. */
export function safeHref(href: string, base: string = location.href): string | null {
  const trimmed = href.trim();
  if (trimmed === "") return null;
  let url: URL;
  try {
    // The browser's own parser decides what the scheme is: it drops tabs, line ends and control characters, as a click would.
    url = new URL(trimmed, base);
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  if (url.username !== "" || url.password !== "") return null; // https://shop@elsewhere looks like the shop
  const absolute = /^https?:\/\//i.test(trimmed);
  // `//host` and `/\host` look relative and are not.
  if (!absolute && url.origin !== new URL(base).origin) return null;
  return absolute ? url.href : `${url.pathname}${url.search}${url.hash}`;
}
