import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, isAbort } from "../../api/client";
import type { Filter } from "../../filter/filter";
import { measurePainted } from "../../measure";
import { poll } from "../../polling";
import type { Project } from "../../session";
import { learned, moment, type Overlay, overlays, undone, useChanges } from "../../triage/acts";
import { keyOf } from "../../triage/issue";
import { blank, type ListState } from "./listState";
import { compared, type News } from "./news";
import { begun, continued, type Kept, PAGE_ROWS, type Paged, type Row } from "./paging";
import { useFeed } from "./useFeed";

/** No two looks at what the first page is now come sooner after each other. */
const LOOK_MS = 5_000;
/** How often that is looked at where no stream tells of it. */
const POLL_MS = 15_000;

export interface Issues {
  /** Null until the first rows have come. */
  list: Paged | null;
  news: News;
  acted: ReadonlyMap<string, Overlay>;
  /** Of the rows that are shown; they may be those of the filter before. */
  askedAt: number;
  loading: boolean;
  /** What went wrong with the first page. */
  error: unknown;
  more: ListState["more"];
  /** The rows are those of the filter before: the new ones are on their way. */
  isOld: boolean;
  loadMore: () => void;
  /** Load the first page anew. */
  reload: () => void;
}

/**
 * The issues that a filter finds in a project, or in all of them with null: page behind page, and kept up to date
 * without a row moving. With `kept` it begins with what was there before.
 */
export function useIssues(project: Project | null, filter: Filter, kept: Kept | null): Issues {
  const { parameters, sort } = filter;
  const slug = project?.slug ?? null;
  const key = JSON.stringify([slug, parameters, sort]);
  const [state, setState] = useState<ListState>(() => ({
    ...blank(key, slug),
    ...(kept && { list: kept.list, askedAt: kept.askedAt, loading: false }),
  }));
  const [turn, setTurn] = useState(0);
  const now = useRef(state);
  now.current = state;
  const request = { project_id: slug, ...parameters, sort, group: "fingerprint", limit: PAGE_ROWS };
  const wanted = useRef({ key, request, filter });
  wanted.current = { key, request, filter };
  const lookedAt = useRef(0);
  const looking = useRef<ReturnType<typeof setTimeout>>(undefined);

  // Before the effects of the parts of the page: of all that they ask for, rows are what one waits for.
  useLayoutEffect(() => {
    // Unless another filter was asked for meanwhile, and left before it was answered.
    const isThere = now.current.key === key && now.current.list !== null && !now.current.loading;
    if (kept && turn === 0 && isThere) {
      lookSoon();
      return;
    }
    const controller = new AbortController();
    const askedAt = moment();
    const began = performance.now();
    lookedAt.current = Date.now();
    setState((before) => (before.slug === slug ? { ...before, loading: true } : blank(key, slug)));
    api.page<Row>("/v1/errors", { query: request, signal: controller.signal }).then(
      (page) => {
        if (controller.signal.aborted) return;
        learned(page.rows, askedAt);
        setState({ ...blank(key, slug), list: begun(page), askedAt, loading: false });
        measurePainted("issues-listed", began);
      },
      (error: unknown) => {
        if (!isAbort(error) && !controller.signal.aborted) setState((before) => ({ ...before, error, loading: false }));
      },
    );
    return () => controller.abort();
  }, [key, turn]);

  const more = useRef<AbortController>(undefined);
  useEffect(() => () => more.current?.abort(), [key, turn]);

  function loadMore(): void {
    const { list, more: isBusy, loading } = now.current;
    if (list?.next == null || isBusy === "busy" || loading) return;
    const controller = new AbortController();
    more.current = controller;
    const askedAt = moment();
    setState((before) => ({ ...before, more: "busy" }));
    api.page<Row>(list.next, { signal: controller.signal }).then(
      (page) => {
        learned(page.rows, askedAt);
        setState((before) =>
          before.list && !controller.signal.aborted
            ? { ...before, list: continued(before.list, page), more: "idle" }
            : before,
        );
      },
      (error: unknown) => setState((before) => ({ ...before, more: isAbort(error) ? "idle" : "failed" })),
    );
  }

  /** See what the first page is now; nothing in sight moves because of it. */
  async function look(signal?: AbortSignal): Promise<void> {
    const { key: asked, request: query, filter: by } = wanted.current;
    const askedAt = moment();
    lookedAt.current = Date.now();
    const page = await api.page<Row>("/v1/errors", { query, signal }).catch(() => null);
    if (!page || now.current.key !== asked || now.current.loading) return;
    learned(page.rows, askedAt);
    setState((before) => {
      if (before.key !== asked || !before.list) return before;
      const { rows, next } = before.list;
      return { ...before, news: compared(before.news, rows, next !== null, page.rows, by.sort) };
    });
  }

  function lookSoon(): void {
    if (looking.current !== undefined) return;
    const waitMs = Math.max(0, LOOK_MS - (Date.now() - lookedAt.current));
    looking.current = setTimeout(() => {
      looking.current = undefined;
      if (!document.hidden) void look();
    }, waitMs);
  }

  useEffect(() => () => clearTimeout(looking.current), []);
  useEffect(() => {
    if (slug !== null) return;
    let isFirst = true;
    return poll(async (signal) => {
      if (!isFirst) await look(signal);
      isFirst = false;
      return false;
    }, POLL_MS);
  }, [slug]);

  // What we have done is known from here on, also when somebody else's newer data takes the overlay away.
  useChanges(() => {
    const laid = overlays.peek();
    setState((before) => ({ ...before, acted: new Map([...before.acted, ...ofList(laid, before.list)]) }));
    // Into an empty list what was taken back comes at once.
    if (now.current.list?.rows.length === 0) setTurn((before) => before + 1);
    else lookSoon();
  });

  // What was put back into a list that has been loaded without it is wanted there: nobody has to ask for it once more.
  useEffect(() => {
    const before = undone.peek();
    return undone.subscribe((keys) => {
      const rows = now.current.list?.rows ?? [];
      const isThere = keys.length > 0 && keys.every((key) => rows.some((row) => keyOf(row) === key));
      if (keys !== before && !isThere && rows.length <= PAGE_ROWS) setTurn((turns) => turns + 1);
    });
  }, []);

  const rowOf = useMemo(() => {
    let byKey: ReadonlyMap<string, Row> | null = null;
    return (wantedKey: string) => {
      byKey ??= new Map(state.list?.rows.map((row) => [keyOf(row), row]));
      return byKey.get(wantedKey);
    };
  }, [state.list]);
  useFeed({ project, filter, rowOf, change: setState, lookSoon });

  const isOurs = state.slug === slug;
  return {
    list: isOurs ? state.list : null,
    news: state.news,
    acted: state.acted,
    askedAt: state.askedAt,
    loading: !isOurs || state.loading,
    error: isOurs ? state.error : undefined,
    more: state.more,
    isOld: state.key !== key,
    loadMore,
    reload: () => setTurn((before) => before + 1),
  };
}

function ofList(laid: ReadonlyMap<string, Overlay>, list: Paged | null): [string, Overlay][] {
  return (list?.rows ?? []).flatMap((row) => {
    const overlay = laid.get(keyOf(row));
    return overlay ? [[keyOf(row), overlay] as [string, Overlay]] : [];
  });
}
