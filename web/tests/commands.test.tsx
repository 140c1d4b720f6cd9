import { render } from "preact";
import { expect, it } from "vitest";
import { findCommands, useCommands } from "../src/commands";
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
