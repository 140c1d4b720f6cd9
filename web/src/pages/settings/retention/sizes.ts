/** Sizes as people write them in forms, in the units that `bytes` says them in; the API has them in bytes. Pure. */

import type { Amount } from "../AmountField";
import { numberOf } from "../numbers";

export type SizeUnit = "MB" | "GB" | "TB";

/** A size as it stands in a form; an empty amount is no limit. */
export type Size = Amount<SizeUnit>;

const BYTES: Record<SizeUnit, number> = { MB: 1e6, GB: 1e9, TB: 1e12 };

export const SIZE_UNITS: readonly SizeUnit[] = ["MB", "GB", "TB"];

/** Return a size in the largest unit of which it is at least one. */
export function sizeOf(bytes: number | null): Size {
  if (bytes === null) return { amount: "", unit: "GB" };
  const unit: SizeUnit = bytes >= BYTES.TB ? "TB" : bytes >= BYTES.GB ? "GB" : "MB";
  return { amount: String(bytes / BYTES[unit]), unit };
}

/** Return the bytes of what was typed: 0 for nothing, null for what is no number. */
export function bytesOf({ amount, unit }: Size): number | null {
  if (!amount.trim()) return 0;
  const typed = numberOf(amount);
  return typed === null ? null : Math.round(typed * BYTES[unit]);
}
