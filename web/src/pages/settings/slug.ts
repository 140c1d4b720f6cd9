/** Slugs: what a project is called in addresses, proposed from its name. */

export const MAX_SLUG_CHARS = 100;

/** Letters that do not come apart into one of a–z and an accent. */
const SPELT: Record<string, string> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ı: "i",
};

/**
 * Return a slug for a name, which the server takes and which is none of `taken`; "" if the name has no letter for it.
 */
export function proposeSlug(name: string, taken: readonly string[] = []): string {
  const plain = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^\0-\x7f]/gu, (letter) => SPELT[letter] ?? " ")
    .replace(/['’]/g, "")
    .replace(/[^a-z0-9]+/g, "-");
  const slug = cut(plain, MAX_SLUG_CHARS);
  if (!slug || !taken.includes(slug)) return slug;
  for (let number = 2; ; number += 1) {
    const numbered = `${cut(slug, MAX_SLUG_CHARS - 1 - String(number).length)}-${number}`;
    if (!taken.includes(numbered)) return numbered;
  }
}

function cut(slug: string, length: number): string {
  return slug.replace(/^-+/, "").slice(0, length).replace(/-+$/, "");
}
