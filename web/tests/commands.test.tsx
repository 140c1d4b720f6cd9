import { render } from "preact";
import { expect, it, vi } from "vitest";
import { findCommands, useCommands } from "../src/commands";
import { CommandPalette } from "../src/ui/CommandPalette";
import { acting } from "./acting";

function Offering({ names }: { names: string[] }) {
  useCommands(names.map((label) => ({ label, group: "Go to", words: "place", run: () => {} })));
  return null;
}

it("finds commands by all words, those that begin with the first of them in front, while they are offered", async () => {
  const root = document.createElement("div");
  await acting(() => render(<Offering names={["All issues", "Settings", "Issues"]} />, root));
  const labels = (text: string) => findCommands(text).map((command) => command.label);
  expect(labels("")).toEqual(["All issues", "Settings", "Issues"]);
  expect(labels("iss")).toEqual(["Issues", "All issues"]);
  expect(labels("place sett")).toEqual(["Settings"]);
  expect(labels("go to  ISSUES all")).toEqual(["All issues"]);
  expect(labels("nothing")).toEqual([]);
  await acting(() => render(<Offering names={["Insights"]} />, root));
  expect(labels("ins")).toEqual(["Insights"]);
  await acting(() => render(null, root));
  expect(labels("")).toEqual([]);
});

it("leaves Enter to a word that is being composed", async () => {
  const run = vi.fn();
  const root = document.body.appendChild(document.createElement("div"));
  function Offer() {
    useCommands([{ label: "Issues", group: "Go to", run }]);
    return <CommandPalette onClose={() => {}} />;
  }
  await acting(() => render(<Offer />, root));
  const press = (isComposing: boolean) =>
    acting(() =>
      root
        .querySelector("input")
        ?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, isComposing })),
    );
  await press(true);
  expect(run).not.toHaveBeenCalled();
  await press(false);
  expect(run).toHaveBeenCalledTimes(1);
  await acting(() => render(null, root));
});
