import { expect, it } from "vitest";
import { Metadata } from "../../../src/pages/issue/Metadata";
import { entriesOf } from "../../../src/pages/issue/metadataTree";
import { openPage } from "../../page";

const page = openPage();

it("tells the path to each value", () => {
  expect(entriesOf({ user: { plan: "free" }, items: [1] }).map((entry) => [entry.path, entry.size])).toEqual([
    ["user", 1],
    ["items", 1],
  ]);
  expect(entriesOf([{ a: 1 }], "items").map((entry) => entry.path)).toEqual(["items[0]"]);
});

it("is a tree that opens, with each value to be copied, or JSON", async () => {
  await page.show(<Metadata value={{ user: { address: { city: { name: "Hamburg" } } }, plan: null }} />);
  expect(page.text()).not.toContain("Hamburg");
  await page.press("city");
  expect(page.text()).toContain("Hamburg");
  expect(page.button("Copy user.address.city.name")).toBeTruthy();
  await page.press("JSON");
  expect(page.text()).toContain('"name": "Hamburg"');
});

it("shows what is no object as it is, and nothing of what is not there", async () => {
  await page.show(<Metadata value="just words" />);
  expect(page.text()).toContain("just words");
  await page.show(<Metadata value={null} />);
  expect(page.text()).toBe("");
});

it("keeps long lists and long texts short until somebody asks", async () => {
  await page.show(
    <Metadata value={{ many: Array.from({ length: 150 }, (_, index) => index), text: "W".repeat(700) }} />,
  );
  expect(page.all(".metadata-value.number")).toHaveLength(100);
  await page.press("Show 50 more");
  expect(page.all(".metadata-value.number")).toHaveLength(150);
  await page.press("Show all 700 characters");
  expect(page.all(".metadata-value.string bdi").at(-1)?.textContent).toHaveLength(700);
});
