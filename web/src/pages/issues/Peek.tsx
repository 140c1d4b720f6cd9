import { useRef, useState } from "preact/hooks";
import { useShortcuts } from "../../keys";
import { remember, remembered } from "../../remembered";
import "../../styles/peek.css";
import { type IssueKey, keyOf } from "../../triage/issue";
import { Button, LinkButton } from "../../ui/Button";
import { Lazy, type Load } from "../../ui/Lazy";

const KEY = "bloop-peek-px";
const LEAST_PX = 360;
const USUAL_PX = 520;
/** Left to the list, with the navigation beside it. */
const LIST_PX = 620;
const STEP_PX = 24;

const loadDetail: Load<{ issue: IssueKey }> = () => import("../issue/IssueDetail");

interface PeekProps {
  issue: IssueKey;
  /** Of its page. */
  href: string;
  onClose: () => void;
}

/** An issue beside the list, which goes on working. Its edge can be dragged, or moved by arrows. */
export function Peek({ issue, href, onClose }: PeekProps) {
  const panel = useRef<HTMLElement>(null);
  const [widthPx, setWidthPx] = useState(() => Number(remembered(KEY)) || USUAL_PX);
  const mostPx = Math.max(LEAST_PX, innerWidth - LIST_PX);
  const nowPx = within(widthPx, mostPx);
  useShortcuts([{ keys: "Escape", label: "Close the panel", group: "Errors", run: onClose }]);

  function widen(px: number): void {
    setWidthPx(within(px, mostPx));
    remember(KEY, String(within(px, mostPx)));
  }

  function onKeyDown(event: KeyboardEvent): void {
    const targets: Record<string, number> = {
      ArrowLeft: nowPx + STEP_PX,
      ArrowRight: nowPx - STEP_PX,
      Home: mostPx,
      End: LEAST_PX,
    };
    const to = targets[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    widen(to);
  }

  return (
    <aside ref={panel} class="peek" aria-label="Error" style={{ width: `${nowPx}px` }}>
      {/* biome-ignore lint/a11y/useSemanticElements: a line that is moved is no rule between texts */}
      <div
        role="separator"
        class="peek-edge"
        tabIndex={0}
        aria-label="Width of the panel"
        aria-orientation="vertical"
        aria-valuenow={nowPx}
        aria-valuemin={LEAST_PX}
        aria-valuemax={mostPx}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
          widen((panel.current?.getBoundingClientRect().right ?? innerWidth) - event.clientX);
        }}
      />
      <div class="peek-head">
        <LinkButton size="small" kind="quiet" href={href}>
          Open the page
        </LinkButton>
        <Button size="small" kind="quiet" icon="close" label="Close the panel" onClick={onClose} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="peek-body" aria-label="Details" tabIndex={0}>
        <Lazy key={keyOf(issue)} load={loadDetail} props={{ issue }} />
      </section>
    </aside>
  );
}

/** Return the width nearest to a wanted one that the panel can have. */
function within(px: number, mostPx: number): number {
  return Math.round(Math.max(LEAST_PX, Math.min(px, mostPx)));
}
