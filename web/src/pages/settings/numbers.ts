/** Return the number that was typed, with a comma or a point; null if it is none. */
export function numberOf(text: string): number | null {
  const found = text.trim().replace(",", ".");
  return /^\d+(\.\d+)?$/.test(found) ? Number(found) : null;
}
