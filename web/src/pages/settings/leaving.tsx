/** What was changed and not saved is not lost by a press beside it. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { go, keepPage } from "../../router";
import { ConfirmDialog } from "../../ui/Dialog";

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
