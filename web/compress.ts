/** Puts compressed copies beside the texts that are built: the server sends the smallest one that a browser takes. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const BEST = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };

/** Part of each build, whoever starts it: a server that finds no copies sends three times as much. */
export function compressedCopies(): Plugin {
  let folder = "";
  return {
    name: "compressed-copies",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle: {
      order: "post",
      sequential: true,
      handler: () => compress(folder),
    },
  };
}

function compress(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!/\.(css|html|js|svg)$/.test(name)) continue;
    const file = join(folder, name);
    const text = readFileSync(file);
    for (const [end, packed] of [
      [".gz", gzipSync(text, { level: 9 })],
      [".br", brotliCompressSync(text, BEST)],
    ] as const) {
      if (packed.length < text.length) writeFileSync(file + end, packed);
    }
  }
}
