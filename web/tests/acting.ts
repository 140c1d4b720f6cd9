import { act } from "preact/test-utils";

/** Do something and have it drawn, with all that promises which are fulfilled already bring about. */
export function acting(something: () => unknown): Promise<void> {
  return act(async () => {
    something();
    await new Promise((resolve) => setTimeout(resolve));
  });
}
