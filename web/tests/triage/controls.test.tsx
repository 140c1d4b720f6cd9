import { beforeEach, expect, it, vi } from "vitest";
import { listenToKeys } from "../../src/keys";
import { me } from "../../src/session";
import { AssigneePicker } from "../../src/triage/AssigneePicker";
import { changeStatus } from "../../src/triage/acts";
import { choicesOf } from "../../src/triage/dialogs/AssigneeList";
import type { Triaged } from "../../src/triage/issue";
import { StatusActs } from "../../src/triage/StatusActs";
import { openPage } from "../page";
import { refusal, serve, settled } from "../serving";

const { asked, answers } = serve();
const page = openPage();
listenToKeys();
let number = 0;

function anIssue(more: Partial<Triaged> = {}): Triaged {
  number += 1;
  return { project_id: "p1", fingerprint: `c${number}`, status: "unresolved", ...more };
}
const key = (name: string, more: KeyboardEventInit = {}) =>
  settled(() =>
    document.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more })),
  );
/** What is a chunk of its own has come, and is drawn. */
const loaded = async () => {
  await vi.dynamicImportSettled();
  await settled();
};
const names = () => page.all(".acts-row > [data-act]").map((known) => (known as HTMLElement).dataset.act);
const item = (label: string) =>
  settled(() =>
    page
      .all("[role=menuitem]")
      .find((known) => known.textContent?.trim() === label)
      ?.click(),
  );
const bodies = () => asked.filter((request) => request.method === "POST").map((request) => request.body);

beforeEach(() => {
  me.value = { id: "u1", username: "ada", is_admin: false };
  answers["POST /v1/status-changes"] = { matched: 1, changed: 1, updated: 1, unknown: [], change_id: "c1" };
  answers["GET /v1/facets"] = { releases: [], environments: [], sources: [], routes: [], statuses: [] };
});

it("offers what is possible with the status, also while the server is still asked", async () => {
  const issue = anIssue();
  await page.show(<StatusActs issues={[issue]} />);
  expect(names()).toEqual(["resolved", "ignored", "muted"]);
  await page.press("Ignore");
  expect(names()).toEqual(["resolved", "unresolved"]);
  await settled(() => changeStatus([issue], { status: "resolved" }));
  expect(names()).toEqual(["unresolved"]);
});

it("acts by key, and only by keys of what is possible", async () => {
  await page.show(<StatusActs issues={[anIssue({ status: "ignored" })]} keys />);
  await key("i");
  await key("m");
  expect(bodies()).toEqual([]);
  await key("r");
  expect(bodies()).toMatchObject([{ status: "resolved" }]);
});

it("opens the ways to mute by key, and mutes for a while", async () => {
  const issue = anIssue();
  await page.show(<StatusActs issues={[issue]} keys />);
  await key("m");
  await item("For 8 hours");
  expect(bodies()).toEqual([{ status: "muted", for_secs: 28_800, fingerprints: [issue.fingerprint] }]);
});

it("resolves in the next release", async () => {
  const issue = anIssue();
  await page.show(<StatusActs issues={[issue]} />);
  await page.press("Resolve in a release");
  await item("In the next release");
  expect(bodies()).toEqual([{ status: "resolved", in_release: "next", fingerprints: [issue.fingerprint] }]);
});

it("does with many only what is possible with each", async () => {
  const issues = [anIssue(), anIssue({ status: "resolved" }), anIssue({ status: "muted" })];
  await page.show(<StatusActs issues={issues} />);
  expect(names()).toEqual(["resolved", "ignored", "muted", "unresolved"]);
  await page.press("Resolve");
  expect(bodies()).toEqual([{ status: "resolved", fingerprints: [issues[0]?.fingerprint, issues[2]?.fingerprint] }]);
});

it("leaves what is to be done to whoever wants to do it", async () => {
  const asked: unknown[] = [];
  await page.show(<StatusActs issues={[anIssue()]} run={(given) => asked.push(given)} />);
  await page.press("Ignore");
  expect(asked).toEqual([{ status: "ignored" }]);
  expect(bodies()).toEqual([]);
});

it("resolves in a release by its name, with a reason", async () => {
  const issue = anIssue();
  await page.show(<StatusActs issues={[issue]} keys />);
  await key("R", { shiftKey: true });
  await loaded();
  await page.send();
  expect(page.errorOf("Release")).toMatch(/^Name the release/);
  await page.type("Release", " 1.4.0 ");
  await page.type("Reason (optional)", "fixed by 3f2a9c1");
  await page.send();
  expect(bodies()).toEqual([
    { status: "resolved", reason: "fixed by 3f2a9c1", in_release: "1.4.0", fingerprints: [issue.fingerprint] },
  ]);
  expect(page.all("dialog")).toEqual([]);
});

it("mutes until events or a date, and says what is no such thing", async () => {
  const issue = anIssue();
  await page.show(<StatusActs issues={[issue]} />);
  await page.press("Mute");
  await item("Until a date, or more events…");
  await loaded();
  await page.choose("For", "date");
  await page.type("Until", "2001-01-01T00:00");
  await page.send();
  expect(page.errorOf("Until")).toBe("Choose a time that lies ahead.");
  await page.type("Until", "2099-01-01T00:00");
  await page.type("More events", "100");
  await page.tick("With the next release");
  await page.send();
  expect(bodies()).toEqual([
    {
      status: "muted",
      until: new Date(2099, 0, 1).getTime(),
      until_count: 100,
      until_next_release: true,
      fingerprints: [issue.fingerprint],
    },
  ]);
});

it("keeps what was typed when the server refuses, and takes the status back", async () => {
  answers["POST /v1/status-changes"] = refusal(400, "the project has no release yet");
  await page.show(<StatusActs issues={[anIssue()]} keys />);
  await key("R", { shiftKey: true });
  await loaded();
  await page.choose("Where it is fixed", "next");
  await page.send();
  expect(page.text()).toContain("The project has no release yet.");
  expect(names()).toEqual(["resolved", "ignored", "muted"]);
});

it("assigns to oneself first, by keys alone", async () => {
  answers["GET /v1/assignees"] = [
    { user_id: "u2", username: "bob" },
    { user_id: "u1", username: "ada" },
  ];
  answers["PUT /v1/errors/x1/assignee"] = { fingerprint: "x1", assignee: { user_id: "u1", username: "ada" } };
  await page.show(<AssigneePicker issue={{ project_id: "p1", fingerprint: "x1" }} assignee={null} keys />);
  await key("a");
  await loaded();
  expect(page.all("[role=option]").map((known) => known.textContent)).toEqual(["ada (you)", "Nobodynow", "bob"]);
  const input = page.all("input")[0];
  await settled(() => input?.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true })));
  expect(asked.at(-1)).toMatchObject({ method: "PUT", body: { user_id: "u1" } });
  expect(page.button("Assigned to ada (you)").textContent).toBe("ada (you)");
});

it("finds people by what is typed", () => {
  const people = ["Ada", "Bo", "Bob"].map((username) => ({ user_id: username, username }));
  const labels = (text: string) => choicesOf(people, "Bo", text).map((choice) => choice.label);
  expect(labels("")).toEqual(["Bo (you)", "Nobody", "Ada", "Bob"]);
  expect(labels(" bo")).toEqual(["Bo (you)", "Nobody", "Bob"]);
  expect(labels("x")).toEqual([]);
});
