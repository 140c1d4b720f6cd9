import { beforeEach, describe, expect, it } from "vitest";
import type { SourceMapInfo } from "../../../../src/api/types";
import { commands } from "../../../../src/pages/settings/sourcemaps/commands";
import { chosenOf, mapsOf } from "../../../../src/pages/settings/sourcemaps/files";
import { byRelease } from "../../../../src/pages/settings/sourcemaps/releases";
import SourceMapsSection from "../../../../src/pages/settings/sourcemaps/SourceMapsSection";
import { saidBy } from "../../../../src/pages/settings/sourcemaps/sending";
import { go, query } from "../../../../src/router";
import { me, projects } from "../../../../src/session";
import { openPage } from "../../../page";
import { refusal, serve, settled } from "../../../serving";

const { asked, answers } = serve();
const page = openPage();
const AT = "/v1/projects/shop/sourcemaps";

function map(id: string, release: string, filename: string, uploaded_at = 1): SourceMapInfo {
  return { id, project_id: "p1", release, filename, uploaded_at, size_bytes: 100, debug_id: null, uploaded_by: "u1" };
}

beforeEach(() => {
  me.value = { id: "u1", username: "linus", is_admin: true };
  projects.value = [{ id: "p1", name: "Shop", slug: "shop" }];
  answers[`GET ${AT}`] = [
    map("a", "1.0", "app.js.map"),
    map("b", "1.1", "app.js.map", 2),
    map("c", "1.1", "lib.js.map", 2),
  ];
  go("/settings/sourcemaps?project=shop");
});

const releases = () => page.all(".release-name").map((known) => known.textContent);

it("lists the maps by release, the newest first, and finds them by what they are called", async () => {
  await page.show(<SourceMapsSection />);
  expect([releases(), page.text().includes("3 maps, 300 B")]).toEqual([["1.1", "1.0"], true]);
  await page.type("Search", "lib");
  expect([releases(), query.value.get("q"), page.all("tbody tr").length]).toEqual([["1.1"], "lib", 1]);
  await page.type("Search", "nothing");
  await page.press("Show all");
  expect(releases()).toEqual(["1.1", "1.0"]);
});

it("deletes a release with all its maps once its name is typed, also those that the search leaves out", async () => {
  for (const id of ["b", "c"]) answers[`DELETE ${AT}/${id}`] = { deleted: id };
  await page.show(<SourceMapsSection />);
  await page.type("Search", "lib");
  await page.press("Delete all maps of 1.1");
  await page.type("Type 1.1 to confirm", "1.1");
  await page.press("Delete 2 maps");
  await settled();
  expect(asked.filter((request) => request.method === "DELETE").map((request) => request.path)).toEqual([
    `${AT}/b`,
    `${AT}/c`,
  ]);
});

it("says how far it came when one of them cannot be deleted", async () => {
  answers[`DELETE ${AT}/b`] = { deleted: "b" };
  answers[`DELETE ${AT}/c`] = refusal(503, "the store refused the deletion, try again");
  await page.show(<SourceMapsSection />);
  await page.press("Delete all maps of 1.1");
  await page.type("Type 1.1 to confirm", "1.1");
  await page.press("Delete 2 maps");
  await settled();
  expect(page.text()).toContain("1 of 2 are deleted. The store refused the deletion, try again.");
});

it("explains a stack: what it leads to, and why other lines lead nowhere", async () => {
  const lost = { original_file: null, original_line: null, original_column: null, original_name: null };
  const context = { pre_context: ["a"], context_line: "b", post_context: ["c"] };
  answers[`POST ${AT}/explain`] = {
    frames: [
      {
        original_file: "src/cart.ts",
        original_line: 17,
        original_column: 3,
        original_name: "sum",
        raw_frame: "at o (app.js:1:9)",
        ...context,
      },
      { ...lost, raw_frame: "at p (lib.js:1:2)", pre_context: [], context_line: null, post_context: [] },
    ],
    unmapped: [{ raw_frame: "at p (lib.js:1:2)", reason: "no map for release 1.1" }],
  };
  await page.show(<SourceMapsSection />);
  await page.press("Explain");
  await settled();
  expect(page.errorOf("Of the release")).toBe("Say which release the stack is of.");
  await page.type("Of the release", "1.1");
  await page.type("Stack", "at o (app.js:1:9)\nat p (lib.js:1:2)");
  await page.press("Explain");
  await settled();
  expect(asked.at(-1)?.body).toEqual({ release: "1.1", stack: "at o (app.js:1:9)\nat p (lib.js:1:2)" });
  expect(page.text()).toContain("1 of 2 lines lead to a source.");
  // As editors count columns, and as the page of an issue tells the same line.
  expect(page.text()).toContain("src/cart.ts:17:4");
  // A session that ends does not lead away from what was pasted.
  expect(page.all("form[data-unsaved]")).toHaveLength(1);
  expect(page.all(".source-line").map((line) => line.textContent?.trim())).toEqual(["16a", "17b", "18c"]);
  expect(page.text()).toContain("no map for release 1.1");
});

it("says whose maps these are when they are not one's own to manage", async () => {
  answers[`GET ${AT}`] = refusal(403, "you do not have access to this project");
  await page.show(<SourceMapsSection />);
  expect(page.text()).toContain("Not yours to manage");
});

it("wants a release and files before it uploads", async () => {
  await page.show(<SourceMapsSection />);
  await page.press("Upload");
  expect(page.errorOf("Release")).toBe("Say which release they belong to.");
  await page.type("Release", "1.2");
  await page.press("Upload");
  expect(page.text()).toContain("Choose the maps first.");
});

describe("files", () => {
  it("are called by their place below the folder that was chosen", () => {
    const file = new File(["{}"], "app.js.map");
    Object.defineProperty(file, "webkitRelativePath", { value: "dist/assets/app.js.map" });
    expect(chosenOf([file, new File(["{}"], "lib.js.map")]).map((chosen) => chosen.name)).toEqual([
      "assets/app.js.map",
      "lib.js.map",
    ]);
  });
  it("of a folder are its maps, but for those of style sheets", () => {
    const names = ["app.js", "app.js.map", "app.js.map.gz", "app.css.map", "index.html"];
    const all = names.map((name) => ({ name, file: new File([], name) }));
    expect(mapsOf(all).map((chosen) => chosen.name)).toEqual(["app.js.map", "app.js.map.gz"]);
  });
});

it("sorts releases of the same time by their numbers", () => {
  const all = ["1.9.0", "1.10.0", "1.2.0"].map((release) => map(release, release, "a.map"));
  expect(byRelease(all).map((found) => found.release)).toEqual(["1.10.0", "1.9.0", "1.2.0"]);
});

it("quotes whatever a release is called in the commands", () => {
  const [curl, bloop] = commands("https://x.example", "shop", "it's 1.0 $(rm)");
  expect(curl?.code).toContain(`--form release='it'\\''s 1.0 $(rm)'`);
  expect(bloop?.code).toContain(`--release 'it'\\''s 1.0 $(rm)'`);
});

it("tells what is too large as it tells sizes", () => {
  expect(saidBy({ error: "request body exceeds 52428800 bytes" }, 413)).toBe("Request body exceeds 52.4 MB.");
  expect(saidBy({ error: "invalid source map: no 12 bytes" }, 400)).toBe("Invalid source map: no 12 bytes.");
});

it("says so when what is dropped cannot be read", async () => {
  await page.show(<SourceMapsSection />);
  const gone = {
    isFile: true,
    name: "a.map",
    file: (_: unknown, fail: (error: Error) => void) => fail(new Error("It is gone.")),
  };
  const drop = Object.assign(new Event("drop", { bubbles: true, cancelable: true }), {
    dataTransfer: { items: [{ webkitGetAsEntry: () => gone }] },
  });
  await settled(() => page.all(".drop-zone")[0]?.dispatchEvent(drop));
  expect(page.text()).toContain("What was dropped could not be read. It is gone.");
});
