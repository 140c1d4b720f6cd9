import { messageOf } from "../api/client";
import type { LoadedState } from "../api/useLoaded";
import { Button } from "./Button";

interface NotLoadedProps {
  /** What is missing: "The trend". */
  what: string;
  /** Of `useLoaded`. */
  from: Pick<LoadedState<unknown>, "error" | "reload">;
}

/** In a small part of a page that could not be loaded: why, and another try. */
export function NotLoaded({ what, from }: NotLoadedProps) {
  return (
    <div role="alert">
      <p class="quiet">
        {what} could not be loaded. {messageOf(from.error)}
      </p>
      <Button size="small" icon="refresh" onClick={from.reload}>
        Try again
      </Button>
    </div>
  );
}
