import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import "../styles/tour.css";
import { Button } from "../ui/Button";
import { Keys } from "../ui/Keys";
import { endTour } from "./tourState";

interface Step {
  /** What it points at: the element with this `data-tour`. */
  target: string;
  title: string;
  text: string;
  /** Key caps below the text. */
  keys?: readonly { keys: string; label: string }[];
}

const STEPS: readonly Step[] = [
  {
    target: "filter",
    title: "Type to narrow it down",
    text: "is:unresolved, release:1.4 or any words. The address keeps it all, so a copied link shows the same.",
    keys: [{ keys: "/", label: "to the filter" }],
  },
  {
    target: "list",
    title: "One row is one error",
    text: "However often it occurs. Open it, or select several and decide about all of them at once.",
    keys: [
      { keys: "j", label: "next" },
      { keys: "k", label: "previous" },
      { keys: "r", label: "resolve" },
      { keys: "?", label: "all keys" },
    ],
  },
  {
    target: "health",
    title: "The server tells about itself",
    text: "How full its buffer is, and when it last wrote. Red, and in words, when events are lost.",
  },
];

/** Narrower than this, nothing is seen of a server that is well. */
const PHONE_REM = 48;

/** Three hints at the first visit, or two on a phone. They lie beside what they are about, and keep nobody from using it. */
export default function Tour() {
  const [steps] = useState(stepsHere);
  const [at, setAt] = useState(0);
  const card = useRef<HTMLElement>(null);
  const step = steps[at];
  useLayoutEffect(() => {
    if (step === undefined) return;
    const place = () => placeBeside(card.current, step.target);
    place();
    // What it points at may come later, and move when the rest has come.
    const watched = new ResizeObserver(place);
    watched.observe(document.body);
    addEventListener("resize", place);
    addEventListener("scroll", place, { passive: true });
    return () => {
      watched.disconnect();
      removeEventListener("resize", place);
      removeEventListener("scroll", place);
      point(null);
    };
  }, [step]);
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === "Escape" && card.current?.contains(document.activeElement)) end();
    };
    document.addEventListener("keydown", leave);
    return () => document.removeEventListener("keydown", leave);
  }, []);
  if (step === undefined) return null;
  const isLast = at === steps.length - 1;
  return (
    <aside ref={card} class="tour" aria-label="Tour">
      <div aria-live="polite">
        <p class="quiet small">
          {at + 1} of {steps.length}
        </p>
        <h2>{step.title}</h2>
        <p>{step.text}</p>
        {step.keys && (
          <ul class="tour-keys">
            {step.keys.map(({ keys, label }) => (
              <li key={keys}>
                <Keys keys={keys} /> {label}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div class="tour-acts">
        {!isLast && (
          <Button kind="quiet" size="small" onClick={end}>
            Skip the tour
          </Button>
        )}
        <Button kind="primary" size="small" onClick={() => (isLast ? end() : setAt(at + 1))}>
          {isLast ? "Done" : "Next hint"}
        </Button>
      </div>
    </aside>
  );
}

function stepsHere(): readonly Step[] {
  const isPhone = matchMedia(`(max-width: ${PHONE_REM}rem)`).matches;
  return isPhone ? STEPS.filter((step) => step.target !== "health") : STEPS;
}

/** The page goes on with the focus where one reads. */
function end(): void {
  endTour();
  document.getElementById("content")?.focus({ preventScroll: true });
}

const GAP_PX = 12;
const EDGE_PX = 8;

interface Box {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

interface Size {
  width: number;
  height: number;
}

/**
 * Return where a card lies beside what it points at, and never over it: below, to the right or above, wherever it fits
 * into `room`; null if nowhere.
 */
export function besideOf(box: Box, card: Size, room: Size): { top: number; left: number } | null {
  const left = Math.max(EDGE_PX, Math.min(box.left + GAP_PX, room.width - card.width - EDGE_PX));
  const [below, above, right] = [box.bottom + GAP_PX, box.top - GAP_PX - card.height, box.right + GAP_PX];
  if (below >= EDGE_PX && below + card.height + EDGE_PX <= room.height) return { top: below, left };
  if (right + card.width + EDGE_PX <= room.width && card.height + 2 * EDGE_PX <= room.height)
    return { top: Math.max(EDGE_PX, Math.min(box.top, room.height - card.height - EDGE_PX)), left: right };
  return above >= EDGE_PX && above + card.height + EDGE_PX <= room.height ? { top: above, left } : null;
}

/** Lay the card beside what it points at; into the corner if that is not to be seen, or leaves no room. */
function placeBeside(card: HTMLElement | null, name: string): void {
  const target = document.querySelector<HTMLElement>(`[data-tour="${name}"]`);
  const box = target?.getBoundingClientRect();
  // On a phone the places lie over the foot of the page.
  const foot = document.querySelector(".places")?.getBoundingClientRect();
  const heightPx = foot && foot.bottom >= innerHeight && foot.width >= innerWidth ? foot.top : innerHeight;
  const isSeen = box !== undefined && box.width > 0 && box.bottom > 0 && box.top < heightPx;
  point(isSeen ? target : null);
  if (!card) return;
  const size = { width: card.offsetWidth, height: card.offsetHeight };
  const place = isSeen ? besideOf(box, size, { width: innerWidth, height: heightPx }) : null;
  card.classList.toggle("cornered", place === null);
  card.style.top = place ? `${place.top}px` : "";
  card.style.left = place ? `${place.left}px` : "";
}

/** Frame one element of the page, and no other; by an attribute, since its class is its component's own. */
function point(target: HTMLElement | null | undefined): void {
  for (const other of document.querySelectorAll("[data-toured]")) other.removeAttribute("data-toured");
  target?.setAttribute("data-toured", "");
}
