import { act } from "preact/test-utils";

/** That of the machine, also where a test has the time stand still. */
const later = globalThis.setTimeout.bind(globalThis);

/** Do something and have it drawn, with all that promises which are fulfilled already bring about. */
export function acting(something: () => unknown): Promise<void> {
  return act(async () => {
    something();
    await new Promise((resolve) => later(resolve));
  });
}
