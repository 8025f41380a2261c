// What the edge's Content-Security-Policy and the answers' safety ask of the sources. Checked here rather than by a linter,
// so that nothing but the tests has to run.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const sources = import.meta.glob<string>(["../**/*.ts", "../**/*.tsx", "!../**/*.test.*"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const sheets = import.meta.glob<string>("../styles/*.css", { query: "?raw", import: "default", eager: true });

function filesWith(pattern: RegExp): string[] {
  return Object.entries({ ...sources, ...sheets }).filter(([, text]) => pattern.test(text)).map(([path]) => path);
}

describe("the sources", () => {
  it("are found", () => {
    expect(Object.keys(sources).length).toBeGreaterThan(40);
    expect(Object.keys(sheets)).toHaveLength(7);
  });

  it("set no style attribute, which the policy forbids", () => {
    expect(filesWith(/\sstyle=|setAttribute\(["']style/)).toEqual([]);
  });

  it("never turn a string into markup or code", () => {
    expect(filesWith(/dangerouslySetInnerHTML|\.(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/)).toEqual([]);
  });

  it("load nothing from elsewhere", () => {
    expect(filesWith(/@import|url\(\s*["']?(https?:)?\/\//)).toEqual([]);
  });
});

describe("index.html", () => {
  const html = readFileSync("index.html", "utf8");

  it("has no inline script, style or handler", () => {
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
    expect(html.match(/<script[^>]*>/g)?.every((tag) => tag.includes("src="))).toBe(true);
  });
});
