import type { ComponentChildren } from "preact";
import { EmptyState } from "../../ui/States";

/** In the place of an issue that there is not. */
export function NoIssue({ isEverywhere, actions }: { isEverywhere?: boolean; actions?: ComponentChildren }) {
  return (
    <EmptyState
      icon="search"
      title={isEverywhere ? "No project has this error" : "This project has no such error"}
      actions={actions}
    >
      Its last event may be so long ago that it was removed, or the address is mistyped.
    </EmptyState>
  );
}
