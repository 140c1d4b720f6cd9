/** The maps of a project by their releases. Pure. */

import type { SourceMapInfo } from "../../../api/types";

export interface ReleaseOfMaps {
  release: string;
  /** By their names. */
  maps: SourceMapInfo[];
  size_bytes: number;
  /** When the newest was uploaded, in epoch seconds. */
  uploaded_at: number;
}

/** Return the releases whose name, or the name or debug id of whose maps, has `text` in it; the newest first. */
export function byRelease(all: readonly SourceMapInfo[], text = ""): ReleaseOfMaps[] {
  const wanted = text.trim().toLowerCase();
  const found = new Map<string, SourceMapInfo[]>();
  for (const map of all) {
    const isWanted = [map.release, map.filename, map.debug_id ?? ""].some((value) =>
      value.toLowerCase().includes(wanted),
    );
    if (isWanted) found.set(map.release, [...(found.get(map.release) ?? []), map]);
  }
  return [...found]
    .map(([release, maps]) => ({
      release,
      maps: maps.sort((a, b) => a.filename.localeCompare(b.filename)),
      size_bytes: maps.reduce((sum, map) => sum + map.size_bytes, 0),
      uploaded_at: Math.max(...maps.map((map) => map.uploaded_at)),
    }))
    .sort((a, b) => b.uploaded_at - a.uploaded_at || b.release.localeCompare(a.release, undefined, { numeric: true }));
}
