import { useLayoutEffect, useRef } from "preact/hooks";
import { rememberList } from "../../lists";
import { path } from "../../router";
import { type Kept, keep } from "./paging";
import type { Issues } from "./useIssues";

/** Keep the list when the page is left, as it was; and scroll to where it was when it is come back to. */
export function useKeeping(
  address: string,
  kept: Kept | null,
  { list, askedAt, isOld }: Issues,
  current: string | null,
): void {
  const now = useRef({ address, list, askedAt, isOld, current });
  // When the page is left, the address is another one already, and the window stands at its top.
  if (path.value === "/issues") now.current = { address, list, askedAt, isOld, current };
  const scrolledPx = useRef(kept?.scrollPx ?? 0);
  rememberList(now.current.address);
  useLayoutEffect(() => {
    if (kept) scrollTo({ top: kept.scrollPx, behavior: "instant" });
    const note = () => {
      scrolledPx.current = scrollY;
    };
    addEventListener("scroll", note, { passive: true });
    return () => {
      removeEventListener("scroll", note);
      const { list: last, isOld: wasOld, ...left } = now.current;
      if (last && !wasOld) keep(left.address, { ...left, list: last, scrollPx: scrolledPx.current });
    };
  }, []);
}

/** Return the address of a list, without what is shown beside it. */
export function listAddress(parameters: URLSearchParams): string {
  const kept = new URLSearchParams(parameters);
  kept.delete("peek");
  return `/issues?${kept}`;
}
