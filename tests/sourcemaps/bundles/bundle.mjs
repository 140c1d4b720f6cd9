// Bundles src/ with each bundler, as releases are built, and keeps what a browser would have thrown.
// To make the fixtures anew: npm install && npm run bundle

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";
import * as vite from "vite";
import webpack from "webpack";

const here = fileURLToPath(new URL(".", import.meta.url));
const entry = join(here, "src", "main.ts");

async function withEsbuild(folder) {
  await esbuild.build({
    entryPoints: [entry],
    outfile: join(folder, "app.js"),
    bundle: true,
    minify: true,
    sourcemap: true,
    format: "iife",
  });
}

async function withVite(folder) {
  await vite.build({
    root: here,
    logLevel: "warn",
    configFile: false,
    build: {
      outDir: folder,
      emptyOutDir: false,
      minify: true,
      sourcemap: true,
      rollupOptions: { input: entry, output: { entryFileNames: "app.js", format: "es" } },
    },
  });
}

async function withWebpack(folder) {
  const compiler = webpack({
    mode: "production",
    context: here,
    entry: { app: entry },
    devtool: "source-map",
    output: { path: folder, filename: "app.js" },
    resolve: { extensions: [".ts", ".js"] },
    module: {
      rules: [{ test: /\.ts$/, use: join(here, "loader.cjs") }],
    },
  });
  await new Promise((resolve, reject) => {
    compiler.run((error, stats) => {
      if (error || stats.hasErrors()) reject(error ?? new Error(stats.toString()));
      else compiler.close(resolve);
    });
  });
}

/** Puts a line before the bundle of another folder, as tools that concatenate scripts do: an indexed map. */
async function withSections(folder) {
  const from = join(here, "esbuild");
  writeFileSync(join(folder, "app.js"), `void 0;\n${readFileSync(join(from, "app.js"), "utf-8")}`);
  const map = JSON.parse(readFileSync(join(from, "app.js.map"), "utf-8"));
  const sections = [{ offset: { line: 1, column: 0 }, map }];
  writeFileSync(join(folder, "app.js.map"), JSON.stringify({ version: 3, file: "app.js", sections }));
}

const bundlers = { esbuild: withEsbuild, vite: withVite, webpack: withWebpack, indexed: withSections };
for (const [name, bundle] of Object.entries(bundlers)) {
  const folder = join(here, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  await bundle(folder);
  const said = execFileSync(process.execPath, [join(folder, "app.js")], { encoding: "utf-8" });
  const own = said.split("\n").filter((line) => !line.includes("node:internal"));
  const stack = own.map((line) => line.replace("file://", "").replaceAll(folder, "https://shop.example/assets"));
  writeFileSync(join(folder, "stack.txt"), stack.join("\n"));
}
