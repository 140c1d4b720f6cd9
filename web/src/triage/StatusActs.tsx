import { useRef, useState } from "preact/hooks";
import type { Status } from "../api/types";
import { useCommands } from "../commands";
import { type Shortcut, useShortcuts } from "../keys";
import "../styles/triage.css";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { useKeptFocus } from "../ui/keptFocus";
import { Lazy, type Load } from "../ui/Lazy";
import { Menu, type MenuItem } from "../ui/Menu";
import { changeStatus, shown, undoLast } from "./acts";
import type { ActDialogProps } from "./dialogs/ActDialog";
import type { Triaged } from "./issue";
import { KeyCap } from "./KeyCap";
import { ACTS, POSSIBLE, possibleActs, SPANS } from "./phrases";
import type { StatusInput } from "./statusInput";

interface StatusActsProps {
  /** One on its page, or those that are chosen in a list. */
  issues: readonly Triaged[];
  /** What is done with them; else `changeStatus`. A list that has chosen "all that match" brings its own. */
  run?: (given: StatusInput) => void;
  /** Whether the keys r, i, m, u work. */
  keys?: boolean;
  size?: "small";
}

const loadDialog: Load<ActDialogProps> = () => import("./dialogs/ActDialog");

/** What can be done with issues, by their statuses: only what is possible, each with its key. */
export function StatusActs({ issues, run, keys = false, size }: StatusActsProps) {
  const root = useRef<HTMLFieldSetElement>(null);
  const [dialog, setDialog] = useState<Status | null>(null);
  const now = issues.map((issue) => shown(issue));
  const possible = possibleActs(now.map((issue) => issue.status));
  const close = () => setDialog(null);
  useKeptFocus(root);

  /** Those of the issues that an act is possible with. */
  const ableTo = (status: Status) => now.filter((issue) => POSSIBLE[issue.status]?.includes(status));
  function act(given: StatusInput): void {
    if (run) run(given);
    else void changeStatus(ableTo(given.status), given);
  }
  function press(status: Status): void {
    pulse(root.current, status);
    if (status === "muted") root.current?.querySelector<HTMLElement>(".mute-act [aria-haspopup]")?.click();
    else act({ status });
  }

  const shortcuts: Shortcut[] = possible.map((status) => ({
    keys: ACTS[status].keys,
    label: status === "muted" ? "Mute for a while" : ACTS[status].verb,
    group: "Act",
    run: () => press(status),
  }));
  if (possible.includes("resolved")) {
    shortcuts.push({ keys: "shift+r", label: "Resolve in a release", group: "Act", run: () => setDialog("resolved") });
  }
  shortcuts.push({ keys: "z", label: "Undo the last act", group: "Act", run: () => undoLast.value?.() });
  useShortcuts(keys ? shortcuts : []);
  useCommands(
    possible.map((status) => ({
      label: `${ACTS[status].verb}…`,
      words: "status reason release until",
      group: "Act",
      icon: ACTS[status].icon,
      run: () => setDialog(status),
    })),
  );

  if (possible.length === 0) return null;
  return (
    <fieldset ref={root} class="acts-row" aria-label="Status">
      {possible.map((status) => (
        <Act
          key={status}
          status={status}
          keys={keys}
          size={size}
          act={act}
          press={() => press(status)}
          open={() => setDialog(status)}
        />
      ))}
      <Menu
        label="With a reason"
        buttonClass={`button quiet icon-alone ${size ?? "usual"}`}
        align="end"
        items={possible.map((status) => ({
          label: `${ACTS[status].verb} with a reason…`,
          icon: ACTS[status].icon,
          run: () => setDialog(status),
        }))}
      >
        <Icon name="dots" />
      </Menu>
      {dialog && (
        <Lazy
          load={loadDialog}
          skeleton={null}
          props={{ status: dialog, issues: ableTo(dialog), onClose: close, ...(run && { run }) }}
        />
      )}
    </fieldset>
  );
}

interface ActProps {
  status: Status;
  keys: boolean;
  size: "small" | undefined;
  /** Do it, with what was chosen. */
  act: (given: StatusInput) => void;
  /** Do it as its key does. */
  press: () => void;
  /** Ask for more first. */
  open: () => void;
}

/** One act: a button, with a menu where there is more than one way to do it. */
function Act({ status, keys, size, act, press, open }: ActProps) {
  const { verb, icon, keys: key } = ACTS[status];
  const cap = keys && <KeyCap keys={key} />;
  if (status === "muted") {
    return (
      <div class="mute-act" data-act={status}>
        <Menu label="Mute" buttonClass={`button plain ${size ?? "usual"}`} items={muteItems(act, open)}>
          <Icon name={icon} />
          <span class="button-text">{verb}</span>
          {cap}
        </Menu>
      </div>
    );
  }
  const button = (
    <Button icon={icon} title={keys ? `${verb} (${key.toUpperCase()})` : verb} onClick={press} {...(size && { size })}>
      {verb} {cap}
    </Button>
  );
  if (status !== "resolved") return <div data-act={status}>{button}</div>;
  return (
    <div class="split" data-act={status}>
      {button}
      <Menu
        label="Resolve in a release"
        buttonClass={`button plain icon-alone ${size ?? "usual"}`}
        items={resolveItems(act, open)}
      >
        <Icon name="chevron" size={14} />
      </Menu>
    </div>
  );
}

function resolveItems(act: (given: StatusInput) => void, open: () => void): MenuItem[] {
  return [
    { label: "Resolve now", run: () => act({ status: "resolved" }) },
    { label: "In the current release", run: () => act({ status: "resolved", in_release: "current" }) },
    { label: "In the next release", run: () => act({ status: "resolved", in_release: "next" }) },
    { label: "In a release…", apart: true, run: open },
  ];
}

function muteItems(act: (given: StatusInput) => void, open: () => void): MenuItem[] {
  return [
    ...SPANS.map(({ secs, label }) => ({
      label: `For ${label}`,
      run: () => act({ status: "muted" as const, for_secs: secs }),
    })),
    { label: "Until the next release", apart: true, run: () => act({ status: "muted", until_next_release: true }) },
    { label: "Until somebody unresolves it", run: () => act({ status: "muted" }) },
    { label: "Until a date, or more events…", apart: true, run: open },
  ];
}

/** Show briefly which button a key has pressed. */
function pulse(root: HTMLElement | null, status: Status): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const button = root?.querySelector(`[data-act=${status}] .button`);
  button?.animate?.([{ scale: 1 }, { scale: 0.95 }, { scale: 1 }], 160);
}
