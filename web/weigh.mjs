/** Weighs what was built, as browsers fetch it, and fails when it has become too heavy. */

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const DIST = new URL("dist/", import.meta.url);
const KIB = 1024;

const weightOf = (name) => gzipSync(readFileSync(new URL(`assets/${name}`, DIST)), { level: 9 }).length;
const sum = (names) => names.reduce((total, name) => total + weightOf(name), 0);

const all = readdirSync(new URL("assets/", DIST));
const ending = (end) => all.filter((name) => name.endsWith(end));
/** Scripts that a page cannot do without: its own, and what that imports. */
const scriptsOf = (page) => [
  ...new Set(
    [...readFileSync(new URL(page, DIST), "utf8").matchAll(/\/assets\/([\w.-]+\.js)"/g)].map((found) => found[1]),
  ),
];

const budgets = [
  ["all scripts", sum(ending(".js")), 45 * KIB],
  ["all styles", sum(ending(".css")), 8 * KIB],
  ["scripts of the sign-in page", sum(scriptsOf("login.html")), 30 * KIB],
  ["scripts of the app before any page", sum(scriptsOf("index.html")), 30 * KIB],
];
for (const [what, weight, budget] of budgets) {
  const verdict = weight > budget ? "TOO HEAVY" : "fine";
  process.stdout.write(`${what}: ${(weight / KIB).toFixed(1)} of ${budget / KIB} KiB, ${verdict}\n`);
}
const fonts = all
  .filter((name) => name.includes("latin-wght"))
  .map((name) => readFileSync(new URL(`assets/${name}`, DIST)).length);
process.stdout.write(`fonts of a page in English: ${(fonts.reduce((a, b) => a + b, 0) / KIB).toFixed(1)} KiB\n`);
process.exitCode = budgets.some(([, weight, budget]) => weight > budget) ? 1 : 0;
