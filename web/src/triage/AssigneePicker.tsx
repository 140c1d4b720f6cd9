import { useEffect, useRef, useState } from "preact/hooks";
import type { Assignee } from "../api/types";
import { useShortcuts } from "../keys";
import { me } from "../session";
import "../styles/triage.css";
import { Icon } from "../ui/Icon";
import { Lazy, type Load } from "../ui/Lazy";
import { SkeletonRows } from "../ui/States";
import { useLeft } from "../ui/useLeft";
import { assign, shown } from "./acts";
import type { AssigneeListProps } from "./dialogs/AssigneeList";
import type { IssueKey } from "./issue";
import { KeyCap } from "./KeyCap";

interface AssigneePickerProps {
  issue: IssueKey;
  assignee: Assignee | null;
  /** Whether the key a opens it. */
  keys?: boolean;
  /** The edge of the button that the list lines up with. */
  align?: "start" | "end";
}

const loadList: Load<AssigneeListProps> = () => import("./dialogs/AssigneeList");

/** Who an issue is assigned to, and the choice of somebody else. */
export function AssigneePicker({ issue, assignee, keys = false, align = "start" }: AssigneePickerProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { project_id, fingerprint } = issue;
  const now = shown({ project_id, fingerprint, assignee }).assignee ?? null;
  useShortcuts(keys ? [{ keys: "a", label: "Assign", group: "Act", run: () => setOpen(true) }] : []);
  useEffect(() => {
    if (!open) return;
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      close();
    };
    document.addEventListener("keydown", onEscape, true);
    return () => document.removeEventListener("keydown", onEscape, true);
  }, [open]);
  useLeft(root, open, () => setOpen(false));

  function choose(to: Assignee | null): void {
    close();
    void assign([{ project_id, fingerprint, assignee }], to);
  }
  function close(): void {
    setOpen(false);
    button.current?.focus();
  }

  return (
    <div class="menu-root assignee" ref={root}>
      <button
        ref={button}
        type="button"
        class="button plain usual"
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-label={now ? `Assigned to ${nameOf(now)}` : "Assigned to nobody"}
        title={keys ? "Assign (A)" : "Assign"}
        onClick={() => setOpen(!open)}
      >
        <Icon name="user" />
        <bdi class={now ? "ellipsis" : "ellipsis quiet"}>{now ? nameOf(now) : "Nobody"}</bdi>
        {keys && <KeyCap keys="a" />}
      </button>
      {open && (
        <div class={`menu down ${align} assignee-list`}>
          <Lazy load={loadList} skeleton={<SkeletonRows rows={3} height="2rem" />} props={{ now, choose }} />
        </div>
      )}
    </div>
  );
}

/** Return what to call somebody: oneself is said to be so. */
function nameOf({ user_id, username }: Assignee): string {
  return user_id === me.value?.id ? `${username} (you)` : username;
}
