import { beforeEach, expect, it } from "vitest";
import type { ActivityEntry } from "../../../src/api/types";
import { readDraft } from "../../../src/pages/issue/CommentDraft";
import TimelinePanel from "../../../src/pages/issue/TimelinePanel";
import { me, projects } from "../../../src/session";
import { changes } from "../../../src/triage/acts";
import { Toasts } from "../../../src/ui/Toast";
import { openPage } from "../../page";
import { pageOf, refusal, serve, settled } from "../../serving";

const { asked, answers } = serve();
const page = openPage();
const ISSUE = { project_id: "p1", fingerprint: "f1" };
const AT = "/v1/errors/f1";
const LABEL = "Say something about this error";

const entry = (id: number, kind: string, content: ActivityEntry["content"], actor = "u1"): ActivityEntry => ({
  id,
  project_id: "p1",
  fingerprint: "f1",
  kind,
  actor,
  actor_name: actor === "u1" ? "ada" : "bob",
  at: Date.now() - 1_000,
  edited_at: null,
  content,
});
const RESOLVED = entry(2, "status", { old_status: "unresolved", new_status: "resolved", reason: "done" });
const show = () => page.show(<TimelinePanel issue={ISSUE} />);
const lines = () => page.all(".timeline-what > p").map((line) => line.textContent);
const write = (text: string) =>
  settled(() => {
    const field = page.all<HTMLTextAreaElement>("textarea").at(-1);
    if (!field) throw new Error("no field");
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
const sent = (method: string) => asked.filter((one) => one.method === method);

beforeEach(() => {
  sessionStorage.clear();
  me.value = { id: "u1", username: "ada", is_admin: false };
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  answers[`GET ${AT}/activity`] = [entry(3, "comment", { text: "<b>hm</b>" }, "u2"), RESOLVED];
});

it("tells what has happened, the newest first, and comments as the plain text that they are", async () => {
  await show();
  expect(lines()).toEqual(["bob commented now", "ada resolved it now"]);
  expect(page.all(".comment bdi")[0]?.textContent).toBe("<b>hm</b>");
  expect(page.all("blockquote")[0]?.textContent).toBe("done");
});

it("takes a comment by the button and by its key, and keeps what was begun for later", async () => {
  answers[`POST ${AT}/comments`] = { fingerprint: "f1", id: 4 };
  await show();
  await write("Seen ");
  await page.show(null);
  await show();
  expect(page.field(LABEL).value).toBe("Seen ");
  await write("Seen again");
  await settled(() =>
    page
      .field(LABEL)
      .dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true, cancelable: true })),
  );
  expect(sent("POST").map((one) => one.body)).toEqual([{ text: "Seen again" }]);
  expect([page.field(LABEL).value, readDraft(ISSUE)]).toEqual(["", ""]);
  expect(sent("GET").length).toBeGreaterThan(2);
});

it("keeps a comment that the server refuses, and says why", async () => {
  answers[`POST ${AT}/comments`] = refusal(503, "the store refused the change, try again");
  await show();
  await write("Seen");
  await page.press("CommentCtrlEnter");
  expect([page.field(LABEL).value, page.errorOf(LABEL)]).toEqual(["Seen", "The store refused the change, try again."]);
  await write("W".repeat(9_000));
  await page.press("CommentCtrlEnter");
  expect(page.errorOf(LABEL)).toBe("That is 808 bytes too long: 8,192 at most.");
});

it("lets one's own comments be edited and deleted, and those of others by administrators alone", async () => {
  answers[`GET ${AT}/activity`] = [entry(4, "comment", { text: "mine" }), entry(3, "comment", { text: "his" }, "u2")];
  answers[`PUT ${AT}/comments/4`] = { fingerprint: "f1", id: 4 };
  answers[`DELETE ${AT}/comments/4`] = { fingerprint: "f1", id: 4 };
  await show();
  expect(page.all("[aria-haspopup=menu]")).toHaveLength(1);
  await page.press("More for this comment");
  await page.press("Edit");
  await write("mine, and better");
  // Nothing leads away from what is kept nowhere else.
  expect(page.all("[data-unsaved] textarea")).toHaveLength(1);
  await page.press("SaveCtrlEnter");
  expect(document.activeElement?.getAttribute("aria-label")).toBe("More for this comment");
  expect(page.all("[data-unsaved]")).toHaveLength(0);
  expect(sent("PUT").map((one) => one.body)).toEqual([{ text: "mine, and better" }]);
  await page.press("More for this comment");
  await page.press("Delete…");
  expect(sent("DELETE")).toHaveLength(0);
  await page.press("Delete comment");
  expect(sent("DELETE")).toHaveLength(1);
  me.value = { id: "u9", username: "eve", is_admin: true };
  await show();
  await page.show(null);
  await show();
  expect(page.all("[aria-haspopup=menu]")).toHaveLength(2);
});

it("undoes the last change of the status, and has all that shows it asked for anew", async () => {
  answers["POST /v1/status-changes/2/undo"] = { put_back: 1, left_alone: 0, updated: 1 };
  await show();
  const before = changes.value;
  await page.press("Undo this change");
  expect(sent("POST").map((one) => one.path)).toEqual(["/v1/status-changes/2/undo?project_id=p1"]);
  expect(changes.value).toBe(before + 1);
});

it("goes on where the first page ends, and loses nothing when that is loaded anew", async () => {
  const older = `${AT}/activity/older`;
  answers[`GET ${AT}/activity`] = pageOf([entry(3, "comment", { text: "three" }), RESOLVED], `${older}?cursor=2`);
  answers[`GET ${older}`] = [entry(1, "comment", { text: "one" })];
  await show();
  await page.press("Show older");
  answers[`GET ${AT}/activity`] = pageOf(
    [entry(4, "comment", { text: "four" }), entry(3, "comment", { text: "three" })],
    `${older}?cursor=3`,
  );
  await settled(() => {
    changes.value += 1;
  });
  expect(lines()).toEqual(["ada commented now", "ada commented now", "ada resolved it now", "ada commented now"]);
});

it("says that nothing has been done", async () => {
  answers[`GET ${AT}/activity`] = [];
  await show();
  expect(page.text()).toContain("Nothing has been done about it so far.");
});

it("says of a change that was changed again since that it is left as it is", async () => {
  answers["POST /v1/status-changes/2/undo"] = { put_back: 0, left_alone: 1, updated: 0 };
  await page.show(
    <>
      <TimelinePanel issue={ISSUE} />
      <Toasts />
    </>,
  );
  await page.press("Undo this change");
  expect(page.all(".toast").at(-1)?.textContent).toBe("1 error was changed again since, and left as it is.");
});

it("hands the focus on to what stands near, when what had it goes with its entry", async () => {
  answers[`GET ${AT}/activity`] = [entry(4, "comment", { text: "mine" }), RESOLVED];
  answers["POST /v1/status-changes/2/undo"] = { put_back: 1, left_alone: 0, updated: 1 };
  answers[`DELETE ${AT}/comments/4`] = { fingerprint: "f1", id: 4 };
  await page.show(
    <main>
      <h1 tabIndex={-1}>KeyError</h1>
      <TimelinePanel issue={ISSUE} />
    </main>,
  );
  await settled(() => page.button("Undo this change").focus());
  answers[`GET ${AT}/activity`] = [entry(4, "comment", { text: "mine" })];
  await page.press("Undo this change");
  expect(document.activeElement).toBe(page.button("More for this comment"));
  await page.press("More for this comment");
  await page.press("Delete…");
  answers[`GET ${AT}/activity`] = [entry(1, "comment", { text: "his" }, "u2")];
  await page.press("Delete comment");
  expect(document.activeElement?.textContent).toBe("KeyError");
});

it("takes Esc for the end of an edit, and not while a word is being composed", async () => {
  answers[`GET ${AT}/activity`] = [entry(4, "comment", { text: "mine" })];
  await show();
  await page.press("More for this comment");
  await page.press("Edit");
  const pressEscape = (isComposing: boolean) =>
    settled(() =>
      page
        .all("textarea")
        .at(-1)
        ?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", isComposing })),
    );
  await pressEscape(true);
  expect(page.all("[data-unsaved] textarea")).toHaveLength(1);
  await pressEscape(false);
  expect(page.all("[data-unsaved] textarea")).toHaveLength(0);
});
