import { expect, it } from "vitest";
import { AGENTS, type Agent, agentLink } from "../../../src/pages/issue/agents";

const PAGE = "https://bloop.example/issues/f1?project=shop";

const textOf = (agent: Agent, link: string) => decodeURIComponent(link.slice(agent.start.length));

it.each(AGENTS)("gives $name all of a short text, to the letter", (agent) => {
  const link = agentLink(agent, "# `A & B`: 100 % 😀\n", PAGE);
  expect(link.startsWith(agent.start)).toBe(true);
  expect(textOf(agent, link)).toBe(
    "Find the cause of this error, and propose how to mend it.\n\n# `A & B`: 100 % 😀\n",
  );
});

it.each(AGENTS)("gives $name as much of a long text as it takes, and says where the rest is", (agent) => {
  for (const letter of ["x", "\n", "ü", "😀"]) {
    const link = agentLink(agent, letter.repeat(50_000), PAGE);
    const text = textOf(agent, link);
    const taken = agent.counts === "link" ? link.length : text.length;
    expect(taken).toBeLessThanOrEqual(agent.mostChars);
    expect(taken).toBeGreaterThan(agent.mostChars - 15);
    expect(text).toMatch(
      new RegExp(`^Find the cause[^]* Here is the beginning; [^]* has all of it\\.\\n\\n${letter}+…$`, "u"),
    );
    expect(text).toContain(PAGE);
  }
});
