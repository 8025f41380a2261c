import { describe, expect, it } from "vitest";
import { firstLanguage, formatPrice, genreName, problemText } from "./i18n";
import { completeSentences, languageOf } from "./language";
import { en } from "./strings/en";
import { ja } from "./strings/ja";

describe("the page's language", () => {
  it("is the first of the browser's that the shop speaks", () => {
    expect(firstLanguage(["de-DE", "ja-JP", "en"])).toBe("ja");
    expect(firstLanguage(["de-DE"])).toBe("en");
  });

  it("has a sentence in both languages for every problem", () => {
    expect(Object.keys(ja.problems)).toEqual(Object.keys(en.problems));
    expect(problemText("brand_new", "What the server says.", en)).toBe("What the server says.");
  });

  it("writes prices in the currency's own units", () => {
    expect(formatPrice({ amount: 1399, currency: "USD" }, "en")).toBe("$13.99");
    expect(formatPrice({ amount: 550, currency: "JPY" }, "en")).toBe("¥550");
  });

  it("names genres", () => {
    expect(genreName("slice-of-life", en)).toBe("Slice of life");
    expect(genreName("slice-of-life", ja)).toBe("日常");
  });
});

describe("a text's language", () => {
  it("is told by its letters, whatever titles it names", () => {
    expect(languageOf("ONE PIECEは111巻まで出ています")).toBe("ja");
    expect(languageOf("Monster (怪物) by Naoki Urasawa")).toBe("en");
    expect(languageOf("$9.99")).toBe("en");
  });
});

describe("sentences", () => {
  it("are complete at a full stop before a space, at a Japanese one, and at a line end", () => {
    expect(completeSentences("It costs $9.99 now. Yes! See", 0)).toEqual({ sentences: ["It costs $9.99 now.", "Yes!"], next: 24 });
    expect(completeSentences("はい。111巻です。続", 0).sentences).toEqual(["はい。", "111巻です。"]);
    expect(completeSentences("- a\n- b", 0).sentences).toEqual(["- a"]);
  });

  it("go on where the last one ended", () => {
    expect(completeSentences("One. Two. Three", 4)).toEqual({ sentences: ["Two."], next: 9 });
  });
});
