/** Weighs what was built, as browsers fetch it, and fails when something has become too heavy. */

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const DIST = new URL("dist/", import.meta.url);
const KIB = 1024;
/** What may be loaded at first, in KiB: each page counts with the frame of the app, and takes no room from the others. */
const LIGHT = { js: 30, css: 8 };
const WHOLE = { js: 60, css: 10 };

const read = (name) => readFileSync(new URL(name, DIST), "utf8");
const weightOf = (name) => gzipSync(readFileSync(new URL(`assets/${name}`, DIST)), { level: 9 }).length;
const all = readdirSync(new URL("assets/", DIST));
const namesIn = (text) => new Set([...text.matchAll(/[\w.-]+\.(?:js|css)(?=["'`])/g)].map(([name]) => name));

/** What a page names in its head: its own files, and what those import. */
const headOf = (page) => new Set([...namesIn(read(page))].filter((name) => all.includes(name)));

/** What is loaded with a part that is imported later: the entry lists it by number for each of them. */
function partsOf(entry) {
  const text = read(`assets/${entry}`);
  const list = text.match(/m\.f=(\[[^\]]*\])/)?.[1] ?? "[]";
  const names = JSON.parse(list).map((path) => path.replace("assets/", ""));
  return [...text.matchAll(/import\([`'"]\.\/([\w.-]+\.js)[`'"]\).*?__vite__mapDeps\(\[([\d,]*)\]\)/g)].map(
    ([, part, numbers]) => ({ part, names: new Set([part, ...numbers.split(",").map((number) => names[number])]) }),
  );
}

let isTooHeavy = false;
function weigh(what, names, budget) {
  for (const kind of ["js", "css"]) {
    const weight = [...names]
      .filter((name) => name.endsWith(`.${kind}`))
      .reduce((sum, name) => sum + weightOf(name), 0);
    const verdict = weight > budget[kind] * KIB ? "TOO HEAVY" : "fine";
    isTooHeavy ||= verdict !== "fine";
    process.stdout.write(`${what}: ${(weight / KIB).toFixed(1)} of ${budget[kind]} KiB of ${kind}, ${verdict}\n`);
  }
}

const app = headOf("index.html");
weigh("sign-in page", headOf("login.html"), LIGHT);
weigh("app before any page", app, LIGHT);
const parts = partsOf([...app].find((name) => name.startsWith("index-")));
if (parts.length === 0) throw new Error("the entry of the app names no page: has Vite changed how it writes them?");
for (const { part, names } of parts) weigh(`app with ${part.split("-")[0]}`, new Set([...app, ...names]), WHOLE);

const fonts = all.filter((name) => name.includes("latin-wght"));
const inKib = fonts.reduce((sum, name) => sum + readFileSync(new URL(`assets/${name}`, DIST)).length, 0) / KIB;
process.stdout.write(`fonts of a page in English: ${inKib.toFixed(1)} KiB\n`);
process.exitCode = isTooHeavy ? 1 : 0;
