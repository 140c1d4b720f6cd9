import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { FilterBar } from "../../filter/FilterBar";
import { readFilter } from "../../filter/filter";
import { issueHref } from "../../links";
import { isComingBack } from "../../lists";
import { go, query } from "../../router";
import { me, project } from "../../session";
import "../../styles/pages/issues.css";
import "../../styles/pages/issue-cards.css";
import { overlays } from "../../triage/acts";
import { keyOf } from "../../triage/issue";
import { Button } from "../../ui/Button";
import { Page } from "../../ui/Page";
import { Panel } from "../../ui/Panel";
import type { Stretch } from "../../ui/VirtualRows";
import { BulkBar } from "./BulkBar";
import { IssueList } from "./IssueList";
import { ListState } from "./ListState";
import { movedRows, newsWords } from "./news";
import { Overview } from "./Overview";
import { Peek } from "./Peek";
import { type Row, reduced, takeKept, totalWords, wantsMore } from "./paging";
import { rowNow, shownRows } from "./rows";
import { allToggled, NOTHING, type Selection, within } from "./selection";
import { useIndex } from "./useIndex";
import { useIssues } from "./useIssues";
import { listAddress, useKeeping } from "./useKeeping";
import { usePeek } from "./usePeek";
import { useRefill } from "./useRefill";

/** The project in numbers, and its issues: seen, understood at a glance, and acted on. */
export default function IssuesPage() {
  const own = project.value;
  const address = listAddress(query.value);
  const filter = readFilter(query.value);
  const kept = useMemo(() => (isComingBack() ? takeKept(address) : null), []);
  const issues = useIssues(own, filter, kept);
  const { list, news, acted } = issues;
  const done = { acted, overlays: overlays.value };
  const rows = useMemo(
    () => shownRows(list?.rows ?? [], done, filter.parameters, me.value),
    [list, acted, overlays.value, me.value],
  );
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [current, setCurrent] = useState<string | null>(kept?.current ?? null);
  const [focusTurn, setFocusTurn] = useState(0);
  const chosen = useMemo(() => within(selection, selection.keys.size > 0 ? rows.map(keyOf) : []), [selection, rows]);
  const peek = usePeek(rows);
  const complete = (row: Row) => rowNow(row, news, done);
  // A link may open the panel of an issue: one is at its row then.
  const at = useIndex(rows, current ?? peek.key);
  const currentRow = at === null ? undefined : rows[at];

  useRefill(issues, rows);
  useKeeping(address, kept, issues, currentRow ? keyOf(currentRow) : null);
  // After the page has put the focus on its heading.
  useEffect(() => {
    if (kept?.current) queueMicrotask(() => setFocusTurn(1));
  }, []);
  // Another filter finds other rows: nothing is selected of them, and one looks at the first.
  const shownKey = useRef(address);
  useEffect(() => {
    if (shownKey.current === address) return;
    shownKey.current = address;
    setSelection(NOTHING);
    setCurrent(null);
    setFocusTurn(0);
    toTopOfList();
  }, [address]);

  function showNews(): void {
    setSelection(NOTHING);
    issues.reload();
    toTopOfList();
  }

  function onWindow({ end }: Stretch): void {
    if (list && issues.more === "idle" && wantsMore(list, rows.length, end)) issues.loadMore();
  }

  const chosenRows = chosen.keys.size > 0 ? rows.filter((row) => chosen.keys.has(keyOf(row))).map(complete) : [];
  const moved = useMemo(() => movedRows(list?.rows ?? [], news, filter.sort), [list, news, filter.sort]);
  return (
    <div class={peek.shown ? "issues-split peeking" : "issues-split"}>
      <Page
        title="Errors"
        actions={
          <Button icon="refresh" busy={issues.loading && list !== null} onClick={issues.reload}>
            Refresh
          </Button>
        }
      >
        <Overview />
        <FilterBar />
        <Panel flush>
          <BulkBar
            words={list ? totalWords(reduced(list, rows)) : "…"}
            news={newsWords(news, moved)}
            onShowNews={showNews}
            isOld={issues.isOld && issues.loading && list !== null}
            project={own}
            filter={filter}
            selection={chosen}
            onSelection={setSelection}
            onToggleAll={() => setSelection(allToggled(chosen, rows.map(keyOf)))}
            chosen={chosenRows}
            loaded={rows.length}
            hasMore={list?.next != null}
            current={peek.shown || !currentRow ? null : complete(currentRow)}
            onChangedAll={showNews}
          />
          <ListState issues={issues} rows={rows} filter={filter} slug={own?.slug ?? null}>
            <IssueList
              rows={rows}
              complete={complete}
              total={list?.next === null ? rows.length : -1}
              sort={filter.sort}
              slug={own?.slug ?? null}
              at={at}
              onCurrent={setCurrent}
              focusTurn={focusTurn}
              onFocusTurn={() => setFocusTurn((before) => before + 1)}
              selection={chosen}
              onSelection={setSelection}
              isPeeking={peek.shown !== null}
              onPeek={(row) => (row === null ? peek.close() : peek.show(row))}
              onOpen={(row) => go(issueHref(row))}
              onWindow={onWindow}
            />
          </ListState>
        </Panel>
      </Page>
      {peek.shown && (
        <Peek
          issue={peek.shown}
          href={issueHref(peek.shown)}
          onClose={() => {
            peek.close();
            setFocusTurn((before) => before + 1);
          }}
        />
      )}
    </div>
  );
}

function toTopOfList(): void {
  const top = document.querySelector(".issues-bar")?.parentElement?.getBoundingClientRect().top ?? 0;
  if (top < 0) scrollBy({ top, behavior: "instant" });
}
