import { beforeEach, expect, it, vi } from "vitest";
import { readFilter } from "../../src/filter/filter";
import { ViewsMenu } from "../../src/filter/ViewsMenu";
import { openPage } from "../page";
import { serve, settled } from "../serving";

const { answers } = serve();
const page = openPage();

beforeEach(() => {
  answers["GET /v1/views"] = [];
});

it("shows nothing in the place of its dialog while that is on its way", async () => {
  await page.show(<ViewsMenu filter={readFilter(new URLSearchParams())} projectId="p1" />);
  await page.press("Saved views");
  const save = page.all("[role=menuitem]").find((item) => item.textContent === "Save this as a view…");
  const drawn: number[] = [];
  const watched = new MutationObserver(() => drawn.push(page.all(".skeleton-row").length));
  watched.observe(page.root, { childList: true, subtree: true });
  await settled(() => save?.click());
  await vi.dynamicImportSettled();
  await settled();
  watched.disconnect();
  expect(page.all("dialog")).toHaveLength(1);
  expect(Math.max(...drawn)).toBe(0);
});
