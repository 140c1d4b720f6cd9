/** Coding agents that take a text by a link of their own, and open with it as a question that nobody has sent yet. Pure. */

export interface Agent {
  name: string;
  /** What its links begin with; the text comes behind it. */
  start: string;
  /** Characters that it takes, of the text or of the whole link. */
  mostChars: number;
  counts: "text" | "link";
}

export const AGENTS: readonly Agent[] = [
  { name: "Cursor", start: "cursor://anysphere.cursor-deeplink/prompt?text=", mostChars: 8_000, counts: "link" },
  { name: "Claude Code", start: "claude-cli://open?q=", mostChars: 5_000, counts: "text" },
];

const PROMPT = "Find the cause of this error, and propose how to mend it.";

/** Return the link that opens an agent with an error's Markdown: as much of it as the agent takes, and where the rest is. */
export function agentLink(agent: Agent, markdown: string, page: string): string {
  const linkWith = (text: string) => agent.start + encodeURIComponent(text);
  const isTaken = (text: string) => (agent.counts === "link" ? linkWith(text) : text).length <= agent.mostChars;
  const whole = `${PROMPT}\n\n${markdown}`;
  if (isTaken(whole)) return linkWith(whole);
  const begun = (chars: number) =>
    // Half of a character that takes two cannot stand in a link.
    `${PROMPT} Here is the beginning; ${page} has all of it.\n\n${markdown.slice(0, chars).replace(/[\ud800-\udbff]$/, "")}…`;
  let [least, most] = [0, markdown.length];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (isTaken(begun(middle))) least = middle;
    else most = middle - 1;
  }
  return linkWith(begun(least));
}
