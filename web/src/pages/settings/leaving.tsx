/** What was changed and not saved: it is not lost by a press beside it, and can be taken back. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { go, keepPage } from "../../router";
import { Button } from "../../ui/Button";
import { ConfirmDialog, focusPage } from "../../ui/Dialog";

/** While `isChanged`, ask before the page is left; draw what is returned. Before going away yourself call `keepPage(null)`. */
export function useUnsaved(isChanged: boolean): ComponentChildren {
  const [target, setTarget] = useState<string | null>(null);
  useEffect(() => {
    if (!isChanged) return;
    keepPage((to) => {
      setTarget(to);
      return false;
    });
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => {
      keepPage(null);
      removeEventListener("beforeunload", warn);
    };
  }, [isChanged]);
  if (target === null) return null;
  return (
    <ConfirmDialog
      title="Leave without saving?"
      confirm="Leave"
      onConfirm={async () => {
        keepPage(null);
        setTarget(null);
        go(target);
      }}
      onClose={() => setTarget(null)}
    >
      What you have changed here is not saved yet, and would be lost.
    </ConfirmDialog>
  );
}

/** Takes back what was changed. Drawn while there is something to take back; the focus does not go with it. */
export function UndoChanges({ disabled, undo }: { disabled?: boolean; undo: () => void }) {
  useLayoutEffect(() => () => queueMicrotask(focusPage), []);
  return (
    <Button kind="quiet" {...(disabled && { disabled })} onClick={undo}>
      Undo changes
    </Button>
  );
}
