import { expect, it } from "vitest";
import { isolate } from "../../../src/pages/issue/isolate";
import { countReasons, whyUnmapped } from "../../../src/pages/issue/stackWords";

it("says which release the maps are of, where it is another one", () => {
  const reason = "no map for release 1.2.3";
  expect(whyUnmapped(reason, ["1.2.4"]).short).toBe("release differs: 1.2.3 ≠ 1.2.4");
  expect(whyUnmapped(reason).long).toBe(
    "There is no map for the release 1.2.3. Upload the maps of 1.2.3; events and maps have to name it alike, to the letter.",
  );
});

it.each([
  ["names differ: assets/b.js ≠ assets/a.js", "names differ", /^Names differ: assets\/b\.js ≠ assets\/a\.js\. Upload/],
  ["map invalid: no mappings", "map invalid", /^The map cannot be read: no mappings\./],
  ["the map has nothing at 1:99", "not in the map", /^The map has nothing at 1:99:/],
  ["the map was deleted meanwhile", "map deleted", /^The map was deleted/],
  [
    "the answer needs more than 50 maps",
    "the answer needs more than 50 maps",
    /^The answer needs more than 50 maps\.$/,
  ],
  ["no map with debug id c9-41; no map for release 1", "no map", /^No map has the debug id c9-41 .* release 1\./],
])("has words for each reason: %s", (reason, short, long) => {
  expect(whyUnmapped(reason).short).toBe(short);
  expect(whyUnmapped(reason).long).toMatch(long);
});

it("counts the lines of each kind of reason, and tells one of them", () => {
  const reasons = ["map invalid: x", "names differ: a ≠ c", "names differ: b ≠ c"];
  expect(countReasons(reasons)).toEqual([
    { reason: "names differ: a ≠ c", lines: 2 },
    { reason: "map invalid: x", lines: 1 },
  ]);
});

it("keeps a text that runs the other way from turning the rest of a sentence", () => {
  expect(isolate("1.4.0")).toBe("1.4.0");
  expect(isolate("\u202eabc")).toBe("\u2068\u202eabc\u2069");
});
