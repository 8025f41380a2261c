import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { safeHref } from "./href";
import { Markdown } from "./Markdown";
import { plainText, withoutOpenLink } from "./parse";

function html(text: string): string {
  const { container } = render(<Markdown text={text} />);
  for (const hint of container.querySelectorAll(".visually-hidden")) hint.remove();
  return container.innerHTML;
}

describe("the Markdown of an answer", () => {
  it("has bold, italics and code", () => {
    expect(html("**a** *b* _c_ `d*e*`")).toBe(
      "<p><strong>a</strong> <em>b</em> <em>c</em> <code>d*e*</code></p>",
    );
  });

  it("leaves asterisks and underscores alone that mark nothing", () => {
    expect(html("2 * 3 * 4, snake_case_name, ** x **")).toBe("<p>2 * 3 * 4, snake_case_name, ** x **</p>");
  });

  it("has lists of both kinds, with the number that they start from", () => {
    expect(html("Try:\n- a\n- **b**\n\n3. c\n4. d\nend")).toBe(
      '<p>Try:</p><ul><li>a</li><li><strong>b</strong></li></ul><ol start="3"><li>c</li><li>d</li></ol><p>end</p>',
    );
  });

  it("follows links to http, https and this site, beside the conversation", () => {
    const { container } = render(<Markdown text="[shop](/a/b?c#d) [out](https://example.com/x)" />);
    const links = [...container.querySelectorAll("a")];
    expect(links.map((link) => link.getAttribute("href"))).toEqual(["/a/b?c#d", "https://example.com/x"]);
    expect(links.every((link) => link.rel === "noopener noreferrer" && link.target === "_blank")).toBe(true);
  });

  it("keeps a link as text whose address must not be followed", () => {
    for (const href of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"]) {
      const { container } = render(<Markdown text={`[click](${href})`} />);
      expect(container.querySelector("a")).toBeNull();
      expect(container.textContent).toBe(`[click](${href})`);
    }
  });

  it("keeps HTML as text", () => {
    for (const text of ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "**<b>x</b>**", "&lt;i&gt;"]) {
      const { container } = render(<Markdown text={text} />);
      expect(container.querySelector("img, script, b, i")).toBeNull();
      expect(container.textContent).toBe(text.replaceAll("**", ""));
    }
  });

  it("does not hang on marks that never close", () => {
    const began = performance.now();
    html("**a ".repeat(1000) + "[x](".repeat(1000) + "_".repeat(2000) + "`".repeat(1999));
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it("is plain for the clipboard and for screen readers", () => {
    expect(plainText("**a** [b](/c)\n\n1. x\n2. *y*")).toBe("a b\n\n1. x\n2. y");
  });

  it("holds back a link that has only half arrived", () => {
    expect(withoutOpenLink("See [Your orders](/acc")).toBe("See ");
    expect(withoutOpenLink("See [Your ord")).toBe("See ");
    expect(withoutOpenLink("See [Your orders](/account) now")).toBe("See [Your orders](/account) now");
    expect(withoutOpenLink("a [note] b")).toBe("a [note] b");
  });
});

describe("a link's address", () => {
  const base = "https://shop.example/page";

  it("is kept when it leads to http, https or this site", () => {
    expect(safeHref("/series/monster", base)).toBe("/series/monster");
    expect(safeHref("?q=1", base)).toBe("/page?q=1");
    expect(safeHref("http://example.com", base)).toBe("http://example.com/");
  });

  it("is refused when it hides where it leads", () => {
    const hidden = ["//evil.example", "/\\evil.example", "\\\\evil.example", "java\tscript:alert(1)", " javascript:alert(1)",
      "\u0001javascript:alert(1)", "https://shop.example@evil.example/", "mailto:a@b.c", ""];
    for (const href of hidden) expect(safeHref(href, base), href).toBeNull();
  });
});
