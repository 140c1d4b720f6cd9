import { expect, it, vi } from "vitest";
import { WalkButtons } from "../../../src/pages/issue/OccurrencesWays";
import { go, query } from "../../../src/router";
import { openPage } from "../../page";
import { settled } from "../../serving";

const page = openPage();
const ISSUE = { project_id: "p1", fingerprint: "f1" };
const NONE = { release: null, environment: null, source: null, user: null };

it("goes nowhere by a search for an event that passes the filters of before", async () => {
  let answerWith = (_: unknown) => {};
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    return new Promise((resolve, reject) => {
      init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      answerWith = (answer) => resolve(Response.json(answer));
    });
  });
  go("/issues/f1?project=shop");
  const show = (release: string) =>
    page.show(<WalkButtons issue={ISSUE} id={5} ways={{}} filters={{ ...NONE, release }} isWaiting={false} />);
  await show("1.0");
  await page.press("Older event");
  expect(page.button("Older event").getAttribute("aria-busy")).toBe("true");
  await show("2.0");
  await settled(() => answerWith({ id: 5, newest: 9, newer: 6, older: 4, oldest: 1, search_capped: false }));
  expect([query.value.get("event"), page.button("Older event").getAttribute("aria-busy")]).toEqual([null, null]);
  vi.unstubAllGlobals();
});
