import { beforeEach, describe, expect, it, vi } from "vitest";
import Tour, { besideOf } from "../../src/shell/Tour";
import { isTouring, startTour } from "../../src/shell/tourState";
import { openPage } from "../page";

const page = openPage();
const heading = () => page.all("h2")[0]?.textContent;
const steps = () => page.all("aside p")[0]?.textContent?.trim();

beforeEach(() => {
  localStorage.clear();
  startTour();
});

/** A tour beside a page that has what it points at. */
function show(isPhone = false) {
  vi.stubGlobal("matchMedia", () => ({ matches: isPhone }));
  return page.show(
    <>
      <main id="content" tabIndex={-1} />
      <search data-tour="filter" />
      <Tour />
    </>,
  );
}

it("has three hints, and then never again in this browser", async () => {
  await show();
  expect([heading(), steps()]).toEqual(["Type to narrow it down", "1 of 3"]);
  await page.press("Next hint");
  expect([heading(), steps()]).toEqual(["One row is one error", "2 of 3"]);
  await page.press("Next hint");
  expect([heading(), steps(), isTouring.value]).toEqual(["The server tells about itself", "3 of 3", true]);
  await page.press("Done");
  expect([isTouring.value, localStorage.getItem("bloop-tour")]).toEqual([false, "done"]);
});

it("leaves out on a phone what is not seen there", async () => {
  await show(true);
  expect(steps()).toBe("1 of 2");
  await page.press("Next hint");
  expect([heading(), page.button("Done").textContent]).toEqual(["One row is one error", "Done"]);
});

it("can be skipped, and leaves the focus on the page", async () => {
  await show();
  await page.press("Skip the tour");
  expect([isTouring.value, document.activeElement?.id]).toEqual([false, "content"]);
});

it("ends by Esc where it has the focus, and nowhere else", async () => {
  await show();
  const pressEsc = () => document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  pressEsc();
  expect(isTouring.value).toBe(true);
  page.button("Next hint").focus();
  pressEsc();
  expect(isTouring.value).toBe(false);
});

describe("its card", () => {
  const card = { width: 320, height: 200 };
  const desk = { width: 1280, height: 800 };
  const at = (top: number, bottom: number, left = 0, right = 1280) => ({ top, bottom, left, right });

  it.each([
    ["below what it points at", at(280, 350, 256, 1240), desk, { top: 362, left: 268 }],
    ["to the right where there is no room below", at(650, 750, 12, 210), desk, { top: 592, left: 222 }],
    [
      "above where there is none beside it either",
      at(640, 730, 16, 374),
      { width: 390, height: 790 },
      { top: 428, left: 28 },
    ],
    ["within a narrow window", at(10, 90, 60, 374), { width: 390, height: 790 }, { top: 102, left: 62 }],
    ["nowhere beside what takes the whole window", at(0, 800), desk, null],
  ])("lies %s", (_, box, room, place) => {
    expect(besideOf(box, card, room)).toEqual(place);
  });

  it("never lies over it", () => {
    for (let top = -100; top < 800; top += 37)
      for (let left = 0; left < 1200; left += 61)
        for (const size of [20, 90, 400]) {
          const box = at(top, top + size, left, Math.min(1280, left + 2 * size));
          const place = besideOf(box, card, desk);
          if (place === null) continue;
          const isApart =
            place.top >= box.bottom ||
            place.top + card.height <= box.top ||
            place.left >= box.right ||
            place.left + card.width <= box.left;
          expect([isApart, place.top >= 0, place.left + card.width <= desk.width]).toEqual([true, true, true]);
        }
  });
});
