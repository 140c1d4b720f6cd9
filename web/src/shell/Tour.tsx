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
    title: "Decide by key",
    text: "One row is one error, however often it occurs.",
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

/** Three hints at the first visit. They lie beside what they are about, and keep nobody from using it. */
export default function Tour() {
  const [at, setAt] = useState(0);
  const card = useRef<HTMLElement>(null);
  const step = STEPS[at];
  useLayoutEffect(() => {
    if (step === undefined) return;
    const place = () => placeBeside(card.current, step.target);
    place();
    // What it points at may come later, and move when the rest has come.
    const watched = new ResizeObserver(place);
    watched.observe(document.body);
    addEventListener("resize", place);
    return () => {
      watched.disconnect();
      removeEventListener("resize", place);
      point(null);
    };
  }, [step]);
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === "Escape" && card.current?.contains(document.activeElement)) endTour();
    };
    document.addEventListener("keydown", leave);
    return () => document.removeEventListener("keydown", leave);
  }, []);
  if (step === undefined) return null;
  const isLast = at === STEPS.length - 1;
  return (
    <aside ref={card} class="tour" aria-label="Tour">
      <div aria-live="polite">
        <p class="quiet small">
          {at + 1} of {STEPS.length}
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
          <Button kind="quiet" size="small" onClick={endTour}>
            Skip the tour
          </Button>
        )}
        <Button kind="primary" size="small" onClick={() => (isLast ? endTour() : setAt(at + 1))}>
          {isLast ? "Done" : "Next hint"}
        </Button>
      </div>
    </aside>
  );
}

const GAP_PX = 12;
const EDGE_PX = 8;

/** Lay the card below what it points at, or beside it where there is no room; into the corner if that is not there. */
function placeBeside(card: HTMLElement | null, name: string): void {
  const target = document.querySelector<HTMLElement>(`[data-tour="${name}"]`);
  const box = target?.getBoundingClientRect();
  const isSeen = box !== undefined && box.width > 0 && box.top < innerHeight;
  point(isSeen ? target : null);
  if (!card) return;
  card.classList.toggle("cornered", !isSeen);
  if (!isSeen || box === undefined) return;
  const { offsetWidth: width, offsetHeight: height } = card;
  const fitsBelow = box.bottom + GAP_PX + height < innerHeight;
  const fitsBeside = box.right + GAP_PX + width < innerWidth;
  const top = fitsBelow ? box.bottom + GAP_PX : Math.min(box.top + GAP_PX, innerHeight - height - EDGE_PX);
  const left = fitsBelow || !fitsBeside ? box.left + GAP_PX : box.right + GAP_PX;
  card.style.top = `${Math.max(top, EDGE_PX)}px`;
  card.style.left = `${Math.max(Math.min(left, innerWidth - width - EDGE_PX), EDGE_PX)}px`;
}

/** Frame one element of the page, and no other. */
function point(target: HTMLElement | null | undefined): void {
  for (const other of document.querySelectorAll(".toured")) other.classList.remove("toured");
  target?.classList.add("toured");
}
