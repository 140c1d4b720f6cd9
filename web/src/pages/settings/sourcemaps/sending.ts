/** Sending files: the one request that tells how far it is, which `fetch` does not. */

import { Problem, parsed, segment } from "../../../api/client";
import type { SourceMapInfo } from "../../../api/types";
import { bytes } from "../../../format";

export interface Sending {
  slug: string;
  release: string;
  name: string;
  file: File;
  /** Called with the part that is sent, from 0 to 1. */
  onProgress: (part: number) => void;
  signal: AbortSignal;
}

/** Upload a map; what the server refuses is thrown as a `Problem`, and an end by `signal` as an AbortError. */
export function sendMap({ slug, release, name, file, onProgress, signal }: Sending): Promise<SourceMapInfo> {
  const form = new FormData();
  form.append("release", release);
  form.append("file", file, name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/v1/projects/${segment(slug)}/sourcemaps`);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const answer = parsed(request.responseText);
      if (request.status === 200 && answer) resolve(answer as SourceMapInfo);
      else reject(new Problem(saidBy(answer, request.status), request.status));
    });
    request.addEventListener("error", () => {
      // A server that has refused a large body may close before it has read all of it.
      reject(new Problem("The connection was lost while it was sent: it may be too large, or the server is gone.", 0));
    });
    request.addEventListener("abort", () => reject(new DOMException("The upload was ended.", "AbortError")));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

/** Return why a map was not taken, in words for whoever sees its size beside it. */
export function saidBy(answer: unknown, status: number): string {
  const said = answer !== null && typeof answer === "object" && "error" in answer ? answer.error : undefined;
  if (status === 401) return "Your session has ended. Sign in again in another tab, then try once more.";
  if (typeof said !== "string" || !said) return `The server answered with status ${status}.`;
  const readable = said.replace(/(\d{4,}) bytes\b/, (_, size) => bytes(Number(size)));
  return `${readable.charAt(0).toUpperCase()}${readable.slice(1)}.`;
}
