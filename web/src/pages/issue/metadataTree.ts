/** Metadata as rows that can be read: the tree, flattened as far as it is opened. Pure. */

import type { Json } from "../../api/types";

export interface Entry {
  /** Path from the root, as one writes it: `user.plan`, `items[0]`. */
  path: string;
  name: string;
  depth: number;
  value: Json;
  /** What an object or a list holds; null of what is one value. */
  size: number | null;
}

/** How deep objects are open at first. */
export const OPEN_DEPTH = 2;
/** Entries that are drawn of one object or list before somebody asks for more. */
export const FIRST_ENTRIES = 100;

/** Return the entries of an object or a list. */
export function entriesOf(value: Json, path = "", depth = 0): Entry[] {
  if (Array.isArray(value)) {
    return value.map((item, index) => entry(`${path}[${index}]`, String(index), depth, item));
  }
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).map(([name, item]) => entry(path ? `${path}.${name}` : name, name, depth, item));
}

function entry(path: string, name: string, depth: number, value: Json): Entry {
  const holds = value !== null && typeof value === "object";
  return { path, name, depth, value, size: holds ? Object.keys(value).length : null };
}

/** Return a value as it is copied: a text as it is, everything else as JSON. */
export function asText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** Return what stands in the place of an object or a list that is closed. */
export function summary(value: Json): string {
  if (Array.isArray(value)) return value.length === 1 ? "1 item" : `${value.length} items`;
  const size = Object.keys(value ?? {}).length;
  return size === 1 ? "1 key" : `${size} keys`;
}
