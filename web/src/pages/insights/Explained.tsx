import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Room between the words and the edges of the window. */
const EDGE_PX = 8;

interface ExplainedProps {
  /** How the number comes about. */
  words: string;
  /** The number. */
  children: ComponentChildren;
}

/**
 * A number that says how it comes about when somebody points at it, comes to it by keyboard, or presses it.
 *
 * The words stay while the pointer is over them, and Esc takes them away.
 */
export function Explained({ words, children }: ExplainedProps) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLSpanElement>(null);
  const tip = useRef<HTMLSpanElement>(null);
  const at = usePlace(isOpen, root, tip);

  useEffect(() => {
    if (!isOpen) return;
    const leave = (event: Event) => {
      if (event instanceof KeyboardEvent && event.key !== "Escape") return;
      if (event.type === "pointerdown" && root.current?.contains(event.target as Node)) return;
      setOpen(false);
    };
    document.addEventListener("keydown", leave);
    document.addEventListener("pointerdown", leave);
    // It stands where the number was.
    addEventListener("scroll", leave, { capture: true, passive: true });
    return () => {
      document.removeEventListener("keydown", leave);
      document.removeEventListener("pointerdown", leave);
      removeEventListener("scroll", leave, { capture: true });
    };
  }, [isOpen]);

  return (
    <span
      ref={root}
      class="explained"
      onPointerEnter={(event) => event.pointerType === "mouse" && setOpen(true)}
      onPointerLeave={(event) => event.pointerType === "mouse" && setOpen(false)}
    >
      <button
        type="button"
        class="explained-number"
        aria-describedby={id}
        onFocus={(event) => event.currentTarget.matches(":focus-visible") && setOpen(true)}
        onBlur={() => setOpen(false)}
        onClick={() => setOpen(true)}
      >
        {children}
      </button>
      <span ref={tip} id={id} role="tooltip" class="explanation" hidden={!isOpen} style={at}>
        {words}
      </span>
    </span>
  );
}

type Place = Record<"left" | "top", string>;

/** Where the words have room: below the number, or above it at the foot of the window. */
function usePlace(
  isOpen: boolean,
  root: { readonly current: HTMLElement | null },
  tip: { readonly current: HTMLElement | null },
): Place {
  const [place, setPlace] = useState<Place>({ left: "0px", top: "0px" });
  useLayoutEffect(() => {
    if (!isOpen || !root.current || !tip.current) return;
    const [number, words] = [root.current.getBoundingClientRect(), tip.current.getBoundingClientRect()];
    const left = Math.min(number.left, document.documentElement.clientWidth - words.width - EDGE_PX);
    const isBelow = number.bottom + words.height + EDGE_PX < innerHeight || number.top < words.height;
    const top = isBelow ? number.bottom : number.top - words.height;
    setPlace({ left: `${Math.max(EDGE_PX, left)}px`, top: `${top}px` });
  }, [isOpen]);
  return place;
}
