import { defineConfig, type Plugin } from "vite";
import { compressedCopies } from "./compress";

/** Where `bloop serve` listens while the pages come from Vite. */
const SERVER = "http://127.0.0.1:5332";

/** A remembered theme is applied by the script, so nothing may be painted before it has run. */
const paintAfterScript: Plugin = {
  name: "paint-after-script",
  enforce: "post",
  transformIndexHtml: (html) => html.replaceAll('<script type="module"', '<script type="module" blocking="render"'),
};

/**
 * What is loaded together. A page is a chunk of its own; what pages share is one chunk, since many small ones weigh
 * more than they save.
 */
const CHUNKS = [
  // All that the sign-in page needs, and every other page too.
  {
    name: "base",
    test: /node_modules\/preact\/|preload-helper|src\/(api\/|theme|clock|notice|passkeys|remembered|ui\/(Button|Field|Icon|Logo|States)|styles\/(fonts|tokens|base|button|field|states))/,
  },
  {
    name: "kit",
    test: /src\/(?!pages\/|shell\/|triage\/|filter\/|live\.|lists\.|ui\/(AreaChart|Sparkline|chart|VirtualRows)|main|login|routes|styles\/(pages\/|triage|filter|area-chart|sparkline))|node_modules|preload-helper/,
  },
  // What the list of issues and the page of one share, and nothing else needs at first.
  {
    name: "board",
    test: /src\/(triage\/(?!dialogs\/)|filter\/(filter|query)\.|live\.|lists\.|ui\/(AreaChart|Sparkline|chart|VirtualRows)|styles\/(triage|area-chart|sparkline))/,
  },
  { name: "people", test: /pages\/settings\/(Users|Invites|Audit|audit)/ },
  // The larger sections are chunks of their own, by their folders.
  { name: "settings", test: /pages\/settings\/[^/]+$/ },
];

export default defineConfig({
  plugins: [paintAfterScript, compressedCopies()],
  build: {
    target: ["chrome125", "firefox128", "safari18"],
    rolldownOptions: { input: ["index.html", "login.html"], output: { codeSplitting: { groups: CHUNKS } } },
    assetsInlineLimit: 0, // the pages' policy allows no font from a data: address
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      "/v1": SERVER,
      "/health": SERVER,
      "/docs": SERVER,
      "/openapi.json": SERVER,
      "/auth": {
        target: SERVER,
        bypass: (request) => (request.url?.match(/^\/auth\/login(\?|$)/) ? "/login.html" : undefined),
      },
    },
  },
});
