/** Foreign texts inside our own sentences. */

const TURNS = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff]/;

/** Return a text for the middle of a sentence: one that runs the other way, or wants to, does not turn what follows. */
export function isolate(text: string): string {
  // As <bdi> does: everything in it ends where it ends.
  return TURNS.test(text) ? `\u2068${text}\u2069` : text;
}
