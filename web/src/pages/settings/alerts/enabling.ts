/** Turning rules on and off: shown at once, sent in the order of the presses, taken back when the server refuses. */

import { api } from "../../../api/client";
import { toastError } from "../../../ui/Toast";

/** What was sent last of each rule, by its number. */
const underWay = new Map<number, Promise<void>>();

/** Turn a rule on or off; `show` is told how it is, at once and again if the server refuses. */
export function enableRule(id: number, enabled: boolean, show: (enabled: boolean) => void): Promise<void> {
  show(enabled);
  const before = underWay.get(id) ?? Promise.resolve();
  const mine = before
    .then(() => api.put(`/v1/alerts/${id}`, { enabled }))
    .then(
      () => {},
      (error: unknown) => {
        show(!enabled);
        toastError(error);
      },
    );
  underWay.set(id, mine);
  return mine;
}
