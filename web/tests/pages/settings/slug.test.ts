import { describe, expect, it } from "vitest";
import { MAX_SLUG_CHARS, proposeSlug } from "../../../src/pages/settings/slug";

describe("the slug of a name", () => {
  it.each([
    ["Web shop", "web-shop"],
    ["  Über Café №5  ", "uber-cafe-no5"],
    ["Straße & Łódź", "strasse-lodz"],
    ["Ann's app (iOS)", "anns-app-ios"],
    ["API v2.0_beta", "api-v2-0-beta"],
    ["--- already-there ---", "already-there"],
    ["ﬁne İstanbul", "fine-istanbul"],
    ["日本語", ""],
    ["🚀 Rocket", "rocket"],
    ["", ""],
  ])("%j is %j", (name, slug) => {
    expect(proposeSlug(name)).toBe(slug);
  });

  it("has a number where another project has it", () => {
    expect(proposeSlug("Shop", ["shop"])).toBe("shop-2");
    expect(proposeSlug("Shop", ["shop", "shop-2", "shop-3"])).toBe("shop-4");
  });

  it("is never longer than the server takes, with a number or without", () => {
    const long = proposeSlug("a b".repeat(200));
    expect(long.length).toBeLessThanOrEqual(MAX_SLUG_CHARS);
    expect(long).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    const numbered = proposeSlug("a b".repeat(200), [long]);
    expect(numbered.length).toBeLessThanOrEqual(MAX_SLUG_CHARS);
    expect(numbered).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*-2$/);
  });
});
