/** Which rows of a list are chosen. Pure. */

export interface Selection {
  /** Keys of rows. */
  keys: ReadonlySet<string>;
  /** Where a range begins: the row that was chosen last. */
  anchor: string | null;
  /** Whether all that match are meant, loaded or not. */
  isAll: boolean;
}

export const NOTHING: Selection = { keys: new Set(), anchor: null, isAll: false };

/** Choose a row, or not any more. */
export function toggled(selection: Selection, key: string): Selection {
  const keys = new Set(selection.keys);
  if (!keys.delete(key)) keys.add(key);
  return { keys, anchor: key, isAll: false };
}

/** Choose all rows from the one that was chosen last to this one. */
export function extended(selection: Selection, order: readonly string[], key: string): Selection {
  const from = selection.anchor === null ? -1 : order.indexOf(selection.anchor);
  const to = order.indexOf(key);
  if (from < 0 || to < 0) return { keys: new Set([...selection.keys, key]), anchor: key, isAll: false };
  const between = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { keys: new Set([...selection.keys, ...between]), anchor: selection.anchor, isAll: false };
}

/** Choose all rows that are loaded; if they are chosen already, none. */
export function allToggled(selection: Selection, order: readonly string[]): Selection {
  const isWhole = order.length > 0 && order.every((key) => selection.keys.has(key));
  return isWhole ? NOTHING : { keys: new Set(order), anchor: selection.anchor, isAll: false };
}

/** Leave out what is not in the list any more. */
export function within(selection: Selection, order: readonly string[]): Selection {
  if (selection.keys.size === 0) return selection;
  const there = new Set(order);
  const keys = new Set([...selection.keys].filter((key) => there.has(key)));
  return keys.size === selection.keys.size ? selection : { ...selection, keys, isAll: false };
}
