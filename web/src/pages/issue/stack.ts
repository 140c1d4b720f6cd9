/** Stacks as lists of frames: read from their text, or from what source maps have made of them. Pure. */

import type { Frame, UnmappedFrame } from "../../api/types";
import { type Line, readLine } from "./stackLines";
import { libraryMark } from "./stackMarks";

export interface SourceLine {
  number: number;
  text: string;
  /** Whether it is the one that the frame is at. */
  isHere: boolean;
}

export interface StackFrame extends Omit<Line, "lines"> {
  kind: "frame";
  /** As it was sent, without white space around it. */
  raw: string;
  /** What shows that it is a library's; null of the application's own. */
  mark: string | null;
  source: readonly SourceLine[];
  /** Why no source map leads from here to the sources; null if nothing was looked for, or something was found. */
  reason: string | null;
  /** Whether file and line are those of the sources. */
  isMapped: boolean;
}

/** Lines that are no frame: what happened, a cause, or whatever else stands in between. */
export interface StackText {
  kind: "text";
  text: string;
}

export type StackItem = StackFrame | StackText;

/** What is drawn as one: text, an own frame, or library frames in a row. */
export type Block =
  | { kind: "text"; text: string }
  | { kind: "own"; frame: StackFrame }
  | { kind: "library"; frames: readonly StackFrame[] };

/** Read the text of a stack. `message` is left alone where the stack repeats it, whatever its lines look like. */
export function readStack(text: string, message = ""): StackItem[] {
  const lines = text.split(/\r\n|\n|\r/);
  const told = linesOfMessage(lines, message);
  const items: StackItem[] = [];
  let language: Line["language"] | null = null;
  for (let index = 0; index < lines.length; ) {
    const isTold = index >= told.from && index < told.until;
    const found: Line | null = isTold ? null : readLine(lines, index);
    if (found === null || (language !== null && found.language !== language)) {
      addText(items, lines[index] ?? "");
      index += 1;
      continue;
    }
    language = found.language;
    const end = index + found.lines;
    const source = found.language === "python" ? pythonSource(lines, end, found.line) : { lines: [], until: end };
    items.push(frameOf(found, lines.slice(index, end).join("\n").trim(), source.lines));
    index = source.until;
  }
  return items.map(withoutBlankEnds).filter((item) => item.kind === "frame" || item.text !== "");
}

/** Return what source maps have made of a stack; lines beyond those that the server looks at are as they were sent. */
export function readMapped(frames: readonly Frame[], unmapped: readonly UnmappedFrame[], text: string): StackItem[] {
  const reasons = reasonsOf(unmapped);
  const raw = frames.map((frame) => frame.raw_frame);
  const items: StackItem[] = [];
  for (const [index, frame] of frames.entries()) {
    const read = readLine(raw, index);
    if (frame.original_file !== null) items.push(mappedFrame(frame, calledBy(frames[index + 1]) ?? read?.name ?? ""));
    else if (read) items.push({ ...frameOf(read, frame.raw_frame), reason: reasons.get(frame.raw_frame) ?? null });
    else addText(items, frame.raw_frame);
  }
  const all = text.split(/\r\n|\n|\r/).filter((line) => line.trim());
  return [...items, ...readStack(all.slice(frames.length).join("\n"))];
}

/** Return frames with why no source map leads from them to the sources, where the server has looked for one. */
export function withReasons(items: readonly StackItem[], unmapped: readonly UnmappedFrame[]): StackItem[] {
  const reasons = reasonsOf(unmapped);
  return items.map((item) => (item.kind === "frame" ? { ...item, reason: reasons.get(item.raw) ?? null } : item));
}

/**
 * Whether no map is missed: no browser has run the line, as it names a file of a disk, or what a runtime has built in.
 *
 * Where the event names its map, or there is one, somebody has wanted it to be mapped all the same.
 */
export function isOfServer({ raw_frame, reason }: UnmappedFrame): boolean {
  if (!/^(?:names differ|no map for release)/.test(reason)) return false;
  const file = readLine([raw_frame], 0)?.file ?? "";
  return /^(?:\/(?!\/)|[A-Za-z]:[\\/]|file:\/\/|node:|internal\/)/.test(file);
}

function reasonsOf(unmapped: readonly UnmappedFrame[]): Map<string, string> {
  return new Map(unmapped.map((frame) => [frame.raw_frame, frame.reason]));
}

/** Return what is drawn: library frames in a row are one block. */
export function blocksOf(items: readonly StackItem[]): Block[] {
  const blocks: Block[] = [];
  for (const item of items) {
    const last = blocks.at(-1);
    if (item.kind === "text") blocks.push(item);
    else if (item.mark === null) blocks.push({ kind: "own", frame: item });
    else if (last?.kind === "library") last.frames = [...last.frames, item];
    else blocks.push({ kind: "library", frames: [item] });
  }
  return blocks;
}

/** Return where a frame is, as editors understand it: `src/cart.ts:17:10`; empty if it names no file. */
export function placeText(frame: Pick<StackFrame, "file" | "line" | "column" | "isMapped">): string {
  if (!frame.file) return "";
  const file = frame.isMapped ? shortFile(frame.file) : frame.file;
  return [file, frame.line, frame.line === null ? null : frame.column].filter((part) => part !== null).join(":");
}

/** Return a source file without what bundlers write before it: `webpack://shop/./src/a.ts` is `src/a.ts`. */
function shortFile(file: string): string {
  const path = file.replace(/^webpack:\/\/[^/]*\//, "").replace(/^(?:\.{1,2}\/)+/, "");
  return path || file;
}

/** Return what a frame calls, which is the function that the frame above it is in; maps name no function otherwise. */
function calledBy(caller: Frame | undefined): string | null {
  return caller?.original_file == null ? null : caller.original_name;
}

function mappedFrame(frame: Frame, name: string): StackFrame {
  const { original_file: file, original_line: line, original_column: column } = frame;
  const language = "javascript";
  return {
    kind: "frame",
    language,
    name,
    file: file ?? "",
    line,
    // Maps count columns from 0, editors and stacks from 1.
    column: column === null ? null : column + 1,
    raw: frame.raw_frame,
    mark: libraryMark({ language, name, file: file ?? "" }),
    source: sourceLines(frame),
    reason: null,
    isMapped: true,
  };
}

function sourceLines(frame: Frame): SourceLine[] {
  if (frame.context_line === null || frame.original_line === null) return [];
  const first = frame.original_line - frame.pre_context.length;
  return [...frame.pre_context, frame.context_line, ...frame.post_context].map((text, index) => ({
    number: first + index,
    text,
    isHere: first + index === frame.original_line,
  }));
}

function frameOf(found: Line, raw: string, source: readonly SourceLine[] = []): StackFrame {
  const { lines: _, ...line } = found;
  return { kind: "frame", ...line, raw, mark: libraryMark(found), source, reason: null, isMapped: false };
}

/** Return the lines of source below a frame of Python; those that only point at a part of them are left out. */
function pythonSource(lines: readonly string[], from: number, line: number | null) {
  const depth = indentOf(lines[from - 1]);
  const found: SourceLine[] = [];
  let until = from;
  while (until < lines.length && lines[until]?.trim() && indentOf(lines[until]) > depth) {
    const text = (lines[until] ?? "").replace(/^[|+\- ]+/, "");
    if (readLine(lines, until)) break;
    if (!/^[\s^~]*$/.test(text)) found.push({ number: (line ?? 0) + found.length, text, isHere: true });
    until += 1;
  }
  return { lines: found, until };
}

function indentOf(line: string | undefined): number {
  return /^[|+\- ]*/.exec(line ?? "")?.[0].length ?? 0;
}

/** Find the lines that only repeat a message of several lines. */
function linesOfMessage(lines: readonly string[], message: string): { from: number; until: number } {
  const told = message
    .trim()
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim());
  const none = { from: 0, until: 0 };
  if (told.length < 2) return none;
  const from = lines.findIndex((line) => line.trim().endsWith(told[0] ?? ""));
  const isRepeated = told.slice(1).every((line, index) => (lines[from + 1 + index] ?? "").trim() === line);
  return from >= 0 && isRepeated ? { from, until: from + told.length } : none;
}

function addText(items: StackItem[], line: string): void {
  const last = items.at(-1);
  if (last?.kind === "text") last.text += `\n${line}`;
  else items.push({ kind: "text", text: line });
}

function withoutBlankEnds(item: StackItem): StackItem {
  if (item.kind === "frame") return item;
  return { kind: "text", text: item.text.replace(/^\s*\n/, "").trimEnd() };
}
