import { expect, it } from "vitest";
import {
  begun,
  continued,
  footWords,
  keep,
  PAGE_ROWS,
  type Paged,
  reduced,
  takeKept,
  totalWords,
  wantsMore,
} from "../../../src/pages/issues/paging";
import { row } from "./making";

const first = { rows: [row("a"), row("b")], next: "/more", total: { count: 1000, isCapped: true } };

it("goes on behind what is loaded, and has no row twice", () => {
  const list = continued(begun(first), { rows: [row("b", { total_count: 9 }), row("c")], next: null, total: null });
  expect(list.rows.map((known) => known.fingerprint)).toEqual(["a", "b", "c"]);
  expect(list.rows[1]?.total_count).toBe(1);
  expect([list.next, list.total]).toEqual([null, first.total]);
});

it("wants more shortly before the end, as long as there is more", () => {
  const list = begun(first);
  expect([wantsMore(list, 200, 100), wantsMore(list, 200, 161)]).toEqual([false, true]);
  expect(wantsMore({ ...list, next: null }, 200, 200)).toBe(false);
});

it.each<[string, Partial<Paged>, string]>([
  ["the end is known", { next: null }, "2 errors"],
  ["there is one", { next: null, rows: [row("a")] }, "1 error"],
  ["it was counted", { total: { count: 431, isCapped: false } }, "431 errors"],
  ["it was counted up to a limit", {}, "1,000+ errors"],
  ["more are loaded than were counted", { total: { count: 1, isCapped: true } }, "2+ errors"],
  ["the server does not say", { total: null }, "2+ errors"],
])("says how many there are when %s", (_, more, words) => {
  expect(totalWords({ ...begun(first), ...more })).toBe(words);
});

it("does not count those that have left", () => {
  const list = begun({ ...first, total: { count: 431, isCapped: false } });
  expect(totalWords(reduced(list, [row("a")]))).toBe("430 errors");
  expect(footWords(reduced(list, [row("a")]))).toBe("1 of 430 errors are loaded");
});

it("says at its foot what is loaded, and nothing below a list that is seen as a whole", () => {
  const long = Array.from({ length: PAGE_ROWS + 1 }, (_, index) => row(String(index)));
  expect(footWords(begun(first))).toBe("2 of 1,000+ errors are loaded");
  expect(footWords({ ...begun(first), next: null })).toBeNull();
  expect(footWords({ ...begun(first), rows: long, next: null })).toBe("That is all: 101 errors.");
});

it("keeps the lists that were left last, each for one return", () => {
  const kept = { list: begun(first), scrollPx: 400, current: null, askedAt: 1 };
  for (const address of ["/1", "/2", "/3", "/4", "/5"]) keep(address, kept);
  expect([takeKept("/1"), takeKept("/5"), takeKept("/5")]).toEqual([null, kept, null]);
});
