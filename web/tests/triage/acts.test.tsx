import { beforeEach, expect, it, vi } from "vitest";
import { me } from "../../src/session";
import { assign, changeAll, changeStatus, changes, hearStatus, learned, moment, shown } from "../../src/triage/acts";
import type { Triaged } from "../../src/triage/issue";
import { Toasts } from "../../src/ui/Toast";
import { openPage } from "../page";
import { refusal, serve, settled } from "../serving";

const { asked, answers } = serve();
const page = openPage();
const CHANGE = "POST /v1/status-changes";
const DONE = { status: "resolved", matched: 1, changed: 1, updated: 1, unknown: [], change_id: "c1" };
const UNDONE = { put_back: 1, left_alone: 0, updated: 1 };
let number = 0;

/** An issue that no other test has acted on. */
function anIssue(more: Partial<Triaged> = {}): Triaged {
  number += 1;
  return { project_id: "p1", fingerprint: `f${number}`, status: "unresolved", ...more };
}

function told(issue: Triaged, status: string, by: string | null = "u2") {
  hearStatus(issue.project_id, {
    fingerprint: issue.fingerprint,
    old_status: "",
    new_status: status,
    changed_by: by,
    changed_by_name: by,
    changed_at: 1,
  });
}

beforeEach(async () => {
  me.value = { id: "u1", username: "ada", is_admin: false };
  answers[CHANGE] = DONE;
  await page.show(<Toasts />);
});

it("shows a status before the server has answered, and undoes it from the toast", async () => {
  const issue = anIssue();
  const before = changes.value;
  await settled(async () => {
    void changeStatus([issue], { status: "resolved" });
    expect(shown(issue).status).toBe("resolved");
  });
  expect(asked).toEqual([
    {
      method: "POST",
      path: "/v1/status-changes?project_id=p1",
      body: { status: "resolved", fingerprints: [issue.fingerprint] },
    },
  ]);
  expect(page.text()).toContain("Resolved.");
  expect(changes.value).toBe(before + 1);
  answers["POST /v1/status-changes/c1/undo"] = UNDONE;
  await page.press("Undo");
  expect(asked.at(-1)?.path).toBe("/v1/status-changes/c1/undo?project_id=p1");
  expect(shown(issue).status).toBe("unresolved");
  expect(page.text()).toContain("Undone.");
});

it("takes back what the server refuses, and says why", async () => {
  const issue = anIssue();
  answers[CHANGE] = refusal(503, "the store refused the change, try again");
  await settled(() => changeStatus([issue], { status: "ignored" }));
  expect(shown(issue).status).toBe("unresolved");
  expect(page.text()).toContain("The store refused the change, try again.");
});

it("takes back what was done after the session had ended, and says so on the page that comes next", async () => {
  const issue = anIssue();
  const gone = vi.spyOn(location, "assign").mockImplementation(() => {});
  answers[CHANGE] = refusal(401, "not signed in");
  await settled(() => changeStatus([issue], { status: "resolved" }));
  expect(shown(issue).status).toBe("unresolved");
  expect(gone).toHaveBeenCalledWith(expect.stringContaining("/auth/login?next="));
  expect(sessionStorage.getItem("bloop-notice")).toContain("so nothing was changed");
});

it("asks each project by itself, and takes back only what one of them refuses", async () => {
  const [one, other] = [anIssue(), anIssue({ project_id: "p2" })];
  vi.stubGlobal("fetch", async (url: string) =>
    url.includes("p2")
      ? Response.json({ error: "project not found" }, { status: 404 })
      : Response.json({ ...DONE, status: "muted" }),
  );
  await settled(() => changeStatus([one, other], { status: "muted", for_secs: 3_600 }));
  expect([shown(one).status, shown(other).status]).toEqual(["muted", "unresolved"]);
  expect(page.text()).toContain("Muted for 1 hour.");
  expect(page.text()).toContain("1 of 2 errors not changed. Project not found.");
});

it("undoes a change in several projects by one request for each", async () => {
  const issues = [anIssue(), anIssue(), anIssue({ project_id: "p2" })];
  await settled(() => changeStatus(issues, { status: "ignored" }));
  expect(page.text()).toContain("3 errors ignored.");
  answers["POST /v1/status-changes/c1/undo"] = UNDONE;
  await page.press("Undo");
  expect(asked.slice(-2).map((request) => request.path)).toEqual([
    "/v1/status-changes/c1/undo?project_id=p1",
    "/v1/status-changes/c1/undo?project_id=p2",
  ]);
  expect(issues.map((issue) => shown(issue).status)).toEqual(Array(3).fill("unresolved"));
});

it("sends nothing twice, and what differs in the order in which it was done", async () => {
  const issue = anIssue();
  await settled(() =>
    Promise.all([
      changeStatus([issue], { status: "resolved" }),
      changeStatus([issue], { status: "resolved" }),
      changeStatus([issue], { status: "ignored" }),
    ]),
  );
  expect(asked.map((request) => (request.body as { status: string }).status)).toEqual(["resolved", "ignored"]);
  expect(shown(issue).status).toBe("ignored");
});

it("falls back to what was done before when a second act is refused", async () => {
  const issue = anIssue();
  const seen: string[] = [];
  vi.stubGlobal("fetch", async (_: string, { body }: { body: string }) => {
    const { status } = JSON.parse(body);
    seen.push(status);
    return status === "ignored" ? Response.json({ error: "no" }, { status: 400 }) : Response.json(DONE);
  });
  await settled(() =>
    Promise.all([changeStatus([issue], { status: "resolved" }), changeStatus([issue], { status: "ignored" })]),
  );
  expect(seen).toEqual(["resolved", "ignored"]);
  expect(shown(issue).status).toBe("resolved");
});

it("says which of many are gone", async () => {
  const issues = [anIssue(), anIssue()];
  answers[CHANGE] = { ...DONE, matched: 1, unknown: [issues[1]?.fingerprint] };
  await settled(() => changeStatus(issues, { status: "resolved" }));
  expect(page.text()).toContain("Resolved.");
  expect(page.text()).toContain("1 error is gone and cannot be changed.");
  expect(issues.map((issue) => shown(issue).status)).toEqual(["resolved", "unresolved"]);
});

it("says what undoing has left alone, as it was changed again since", async () => {
  const issue = anIssue();
  await settled(() => changeStatus([issue], { status: "resolved" }));
  answers["POST /v1/status-changes/c1/undo"] = { put_back: 0, left_alone: 1, updated: 0 };
  await page.press("Undo");
  expect(page.text()).toContain("1 error was changed again since, and left as it is.");
  expect(shown(issue).status).toBe("resolved");
});

it("shows what another tab has done since, and not what was done here before it", async () => {
  const issue = anIssue();
  await settled(() => changeStatus([issue], { status: "resolved" }));
  told(issue, "muted");
  expect(shown(issue).status).toBe("muted");
});

it("shows what was done after it, although the answer to what was done here comes last", async () => {
  const issue = anIssue();
  let answer: (response: Response) => void = () => {};
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => (answer = resolve)));
  const act = changeStatus([issue], { status: "resolved" });
  await settled();
  told(issue, "ignored");
  expect(shown(issue).status).toBe("resolved");
  told(issue, "resolved", "u1"); // what is done here, as the feed tells it
  told(issue, "muted");
  expect(shown(issue).status).toBe("muted");
  await settled(() => answer(Response.json(DONE)));
  await act;
  expect(shown(issue).status).toBe("muted");
});

it("forgets what it knew once newer data is there, and keeps it over older data", async () => {
  const issue = anIssue();
  const tooEarly = moment();
  await settled(() => changeStatus([issue], { status: "resolved" }));
  learned([issue], tooEarly);
  expect(shown(issue).status).toBe("resolved");
  learned([issue], moment());
  expect(shown(issue).status).toBe("unresolved");
});

it("changes all that a filter finds, and says all where there is no filter", async () => {
  answers[CHANGE] = { ...DONE, matched: 40, changed: 38 };
  await settled(() => changeAll("p1", { environment: "prod" }, { status: "ignored", reason: "noise" }));
  await settled(() => changeAll("p1", {}, { status: "ignored" }));
  expect(asked.map((request) => request.body)).toEqual([
    { status: "ignored", reason: "noise", filter: { environment: "prod" } },
    { status: "ignored", filter: {}, all: true },
  ]);
  expect(page.text()).toContain("38 errors ignored.");
});

it("assigns at once, and assigns back to whoever had it", async () => {
  const bob = { user_id: "u2", username: "bob" };
  const ada = { user_id: "u1", username: "ada" };
  const issue = { project_id: "p1", fingerprint: "a/b", assignee: bob };
  answers["PUT /v1/errors/a%2Fb/assignee"] = { fingerprint: "a/b", assignee: ada };
  await settled(() => {
    void assign([issue], ada);
    expect(shown(issue).assignee).toEqual(ada);
  });
  expect(page.text()).toContain("Assigned to ada.");
  await page.press("Undo");
  expect(asked.map((request) => request.body)).toEqual([{ user_id: "u1" }, { user_id: "u2" }]);
  expect(shown(issue).assignee).toEqual(bob);
});

it("takes an assignment back that is refused", async () => {
  const issue = { project_id: "p1", fingerprint: "refused", assignee: null };
  await settled(() => assign([issue], { user_id: "u9", username: "gone" }));
  expect(shown(issue).assignee).toBeNull();
  expect(page.text()).toContain("Not found.");
});
