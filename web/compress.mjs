/** Puts compressed copies beside the texts that were built: the server sends the smallest one that a browser takes. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const DIST = new URL("dist/", import.meta.url);
const BEST = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };

for (const name of readdirSync(DIST, { recursive: true })) {
  if (!/\.(css|html|js|svg)$/.test(name)) continue;
  const file = new URL(name, DIST);
  const text = readFileSync(file);
  for (const [end, packed] of [
    [".gz", gzipSync(text, { level: 9 })],
    [".br", brotliCompressSync(text, BEST)],
  ]) {
    if (packed.length < text.length) writeFileSync(new URL(`${file}${end}`), packed);
  }
}
