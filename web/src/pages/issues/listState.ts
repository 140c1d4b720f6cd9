import type { Overlay } from "../../triage/acts";
import { type News, NO_NEWS } from "./news";
import type { Paged } from "./paging";

/** What is known of a list. */
export interface ListState {
  /** Of project and filter that the rows belong to. */
  key: string;
  slug: string | null;
  list: Paged | null;
  news: News;
  /** What the server has done at our request, by key: what lies over it may go, and this stays. */
  acted: ReadonlyMap<string, Overlay>;
  askedAt: number;
  loading: boolean;
  error: unknown;
  more: "idle" | "busy" | "failed";
}

/** Return what is known before anything has come. */
export function blank(key: string, slug: string | null): ListState {
  return {
    key,
    slug,
    list: null,
    news: NO_NEWS,
    acted: new Map(),
    askedAt: 0,
    loading: true,
    error: undefined,
    more: "idle",
  };
}
