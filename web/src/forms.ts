/** Forms: one request at a time, and what the server refuses is said at the field that it is about. */

import { useRef, useState } from "preact/hooks";
import { messageOf, Problem } from "./api/client";

/** What is wrong, by field; `form` is wrong with no field in particular. */
export type Errors<F extends string> = Partial<Record<F | "form", string>>;

/** Return what was thrown as the error of the field whose pattern the message fits; only of a refusal (400, 409). */
export function errorsOf<F extends string>(thrown: unknown, fields: Record<F, RegExp>): Errors<F> {
  const message = messageOf(thrown);
  const isRefusal = thrown instanceof Problem && (thrown.status === 400 || thrown.status === 409);
  const names = Object.keys(fields) as F[];
  const name = isRefusal ? names.find((known) => fields[known].test(message)) : undefined;
  return { [name ?? "form"]: message } as Errors<F>;
}

export interface Submission<F extends string> {
  busy: boolean;
  errors: Errors<F>;
  /** Whether the session had ended when it was sent. */
  isSignedOut: boolean;
  /** Run what the form is for, unless it runs already. */
  submit: (work: () => Promise<void>) => Promise<void>;
  /** Say what is wrong without asking the server. */
  fail: (errors: Errors<F>) => void;
}

/** State of a form. `fields` says by which words of the server's a refusal is known to be about a field. */
export function useSubmission<F extends string = never>(fields: Record<F, RegExp>): Submission<F> {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Errors<F>>({});
  const [isSignedOut, setSignedOut] = useState(false);
  // Known at once: what is drawn may be older than a second press.
  const isRunning = useRef(false);
  async function submit(work: () => Promise<void>): Promise<void> {
    if (isRunning.current) return;
    isRunning.current = true;
    setBusy(true);
    setErrors({});
    setSignedOut(false);
    try {
      await work();
    } catch (thrown) {
      setErrors(errorsOf(thrown, fields));
      setSignedOut(thrown instanceof Problem && thrown.status === 401);
    }
    isRunning.current = false;
    setBusy(false);
  }
  return { busy, errors, isSignedOut, submit, fail: setErrors };
}
