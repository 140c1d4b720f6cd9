import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf, Problem, segment } from "../../api/client";
import { useCommands } from "../../commands";
import { useShortcuts } from "../../keys";
import { slugOf } from "../../links";
import { path } from "../../router";
import type { IssueKey } from "../../triage/issue";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Icon, type IconName } from "../../ui/Icon";
import { Menu } from "../../ui/Menu";
import { toast } from "../../ui/Toast";
import { AGENTS, type Agent, agentLink } from "./agents";
import { copyText, Refused } from "./copying";

interface Copied {
  label: string;
  icon: IconName;
  /** What is said when it is on the clipboard. */
  done: string;
  text: () => string | Promise<string>;
}

/** What of an issue can be taken elsewhere: its Markdown, also to an agent, its address, a call of the API, its fingerprint. */
export function CopyMenu({ issue }: { issue: IssueKey }) {
  const [refused, setRefused] = useState<{ title: string; text: string } | null>(null);

  async function copy({ label, done, text }: Copied): Promise<void> {
    try {
      await copyText(text());
      toast(done);
    } catch (error) {
      if (error instanceof Refused) setRefused({ title: label, text: error.text });
      else toast(`Not copied. ${messageOf(error)}`, { kind: "failed" });
    }
  }

  async function openIn(agent: Agent): Promise<void> {
    try {
      location.assign(agentLink(agent, await fetchMarkdown(issue), linkTo(issue)));
    } catch (error) {
      toast(`Not opened. ${messageOf(error)}`, { kind: "failed" });
    }
  }

  const markdown: Copied = {
    label: "Copy as Markdown",
    icon: "doc",
    done: "The error is on the clipboard, as Markdown.",
    text: () => fetchMarkdown(issue),
  };
  const all: readonly Copied[] = [
    markdown,
    { label: "Copy link", icon: "link", done: "The link is on the clipboard.", text: () => linkTo(issue) },
    {
      label: "Copy as curl",
      icon: "copy",
      done: "The call is on the clipboard.",
      text: () => curlFor(issue, location.origin),
    },
    {
      label: "Copy fingerprint",
      icon: "key",
      done: "The fingerprint is on the clipboard.",
      text: () => issue.fingerprint,
    },
  ];
  useShortcuts([{ keys: "c", label: markdown.label, group: "Error", run: () => void copy(markdown) }]);
  useCommands(
    all.map((item) => ({
      label: item.label,
      group: "Error",
      icon: "copy",
      ...(item === markdown && { keys: "c" }),
      run: () => void copy(item),
    })),
  );
  return (
    <>
      <Menu
        label="Copy"
        title="Copy (C: as Markdown)"
        align="end"
        items={[
          ...all.map((item) => ({ label: item.label, icon: item.icon, run: () => void copy(item) })),
          ...AGENTS.map((agent, index) => ({
            label: `Open in ${agent.name}`,
            icon: "out" as const,
            apart: index === 0,
            run: () => void openIn(agent),
          })),
        ]}
      >
        <Icon name="copy" />
        <span class="button-text">Copy</span>
        <Icon name="chevron" size={12} />
      </Menu>
      {refused && <TextDialog {...refused} onClose={() => setRefused(null)} />}
    </>
  );
}

/** What the browser lets nobody copy by a button, selected, to be copied by hand. */
function TextDialog({ title, text, onClose }: { title: string; text: string; onClose: () => void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  return (
    <Dialog title={title} width="wide" onClose={onClose} actions={<Button onClick={onClose}>Close</Button>}>
      <div class="stack">
        <p class="quiet">
          The browser lets nothing onto the clipboard by itself. All of it is selected: copy it by hand.
        </p>
        <textarea ref={field} class="control mono copy-text" readOnly rows={12} aria-label={title} value={text} />
      </div>
    </Dialog>
  );
}

async function fetchMarkdown(issue: IssueKey): Promise<string> {
  const answer = await fetch(`${apiPath(issue)}.md?project_id=${segment(issue.project_id)}`, {
    method: "GET",
    credentials: "same-origin",
    headers: { accept: "text/markdown" },
  }).catch(() => {
    throw new Problem("The server cannot be reached.", 0);
  });
  const text = await answer.text();
  if (answer.status === 401) throw new Problem("Your session has ended. Load the page anew, and sign in.", 401);
  if (!answer.ok) throw new Problem(`The server answered with status ${answer.status}.`, answer.status);
  return text;
}

/** Return the address of an issue's page; on that page, with all that is chosen there. */
export function linkTo(issue: IssueKey): string {
  const page = `/issues/${segment(issue.fingerprint)}`;
  if (path.value === page) return location.href;
  return `${location.origin}${page}?project=${segment(slugOf(issue.project_id))}`;
}

/** Return the call that answers with an issue, for a shell with a token. */
export function curlFor(issue: IssueKey, origin: string): string {
  return `curl -H "Authorization: Bearer $TOKEN" '${origin}${apiPath(issue)}'`;
}

function apiPath(issue: IssueKey): string {
  // What a shell takes for the end of the text.
  return `/v1/errors/${segment(issue.fingerprint).replaceAll("'", "%27")}`;
}
