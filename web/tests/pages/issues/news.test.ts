import { expect, it } from "vitest";
import {
  come,
  compared,
  counted,
  movedRows,
  type News,
  NO_NEWS,
  newsWords,
  patched,
  told,
} from "../../../src/pages/issues/news";
import { key, row } from "./making";

const ROWS = [row("a", { last_seen: 30 }), row("b", { last_seen: 20 }), row("c", { last_seen: 10 })];
const rowOf = (wanted: string) => ROWS.find((known) => key(known.fingerprint) === wanted);
const change = (fingerprint: string, last_seen: number) => ({ key: key(fingerprint), events: 2, last_seen });

it("counts events on where the row stands, message after message", () => {
  const once = counted(NO_NEWS, rowOf, [change("b", 40), change("elsewhere", 41)]);
  const twice = counted(once, rowOf, [change("b", 50)]);
  expect(patched(ROWS[1] ?? row("b"), twice)).toMatchObject({ total_count: 5, last_seen: 50 });
  expect([...twice.patches.keys()]).toEqual([key("b")]);
});

it("tells how many rows would stand elsewhere, by the order of the list", () => {
  const top = counted(NO_NEWS, rowOf, [change("a", 50)]);
  expect(movedRows(ROWS, top, "last_seen")).toBe(0);
  const lower = counted(top, rowOf, [change("b", 60), change("c", 55)]);
  expect(movedRows(ROWS, lower, "last_seen")).toBe(2);
  expect(movedRows(ROWS, lower, "first_seen")).toBe(0);
});

it("compares with the first page: new rows, newer figures, and nothing that has only slid up", () => {
  const page = [
    row("new", { last_seen: 90 }),
    row("b", { last_seen: 80, total_count: 7 }),
    row("slid", { last_seen: 5 }),
  ];
  const open = compared(NO_NEWS, ROWS, true, page, "last_seen");
  expect([...open.fresh]).toEqual([key("new")]);
  expect(open.patches.get(key("b"))).toMatchObject({ total_count: 7, last_seen: 80 });
  expect([...compared(NO_NEWS, ROWS, false, page, "last_seen").fresh]).toEqual([key("new"), key("slid")]);
});

it("notes what else is told of a row", () => {
  const news = told(counted(NO_NEWS, rowOf, [change("c", 99)]), key("c"), { status: "resolved" });
  expect(patched(ROWS[2] ?? row("c"), news)).toMatchObject({ status: "resolved", last_seen: 99 });
});

it.each<[Partial<News>, number, string | null]>([
  [{}, 0, null],
  [{ fresh: new Set(["x"]) }, 0, "1 new"],
  [{ fresh: new Set(["x", "y"]) }, 1, "2 new, 1 has moved up"],
  [{}, 1_200, "1,200 have moved up"],
  [{ isUnknown: true, fresh: new Set(["x"]) }, 3, "The list has changed"],
])("says what is new in a few words: %o, %i moved", (news, moved, words) => {
  expect(newsWords({ ...NO_NEWS, ...news }, moved)).toBe(words);
});

it("counts an issue that is told of twice once", () => {
  expect(come(come(NO_NEWS, ["x"]), ["x"]).fresh.size).toBe(1);
});
