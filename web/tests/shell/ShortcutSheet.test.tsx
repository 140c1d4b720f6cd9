import { expect, it } from "vitest";
import { useShortcuts } from "../../src/keys";
import { ShortcutSheet } from "../../src/shell/ShortcutSheet";
import { openPage } from "../page";

const page = openPage();

function Offering() {
  const run = () => {};
  useShortcuts([
    { keys: "j", label: "Next error", group: "Errors", run },
    { keys: "x", label: "Select the error", group: "Errors", run },
    { keys: "ArrowDown", label: "Next error", group: "Errors", run },
    { keys: "Escape", label: "Select nothing", group: "Errors", run },
    { keys: "Escape", label: "Close the panel", group: "Errors", run },
  ]);
  return <ShortcutSheet onClose={() => {}} />;
}

it("has a row for each act with all its keys, and of each key what it does now", async () => {
  await page.show(<Offering />);
  await page.show(<Offering />);
  expect(page.all("dl > div").map((row) => row.textContent)).toEqual([
    "Next errorJor↓",
    "Select the errorX",
    "Close the panelEsc",
  ]);
});
