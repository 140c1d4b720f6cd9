import { useState } from "preact/hooks";
import { api, segment } from "../../api/client";
import type { ErrorTags, Tag } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { count, full, percent } from "../../format";
import type { IssueKey } from "../../triage/issue";
import { Button } from "../../ui/Button";
import { NotLoaded } from "../../ui/NotLoaded";
import { Panel } from "../../ui/Panel";
import { SkeletonRows } from "../../ui/States";
import { ShareBar } from "./ShareBar";

/** Shown before somebody wants all. */
const FEW_TAGS = 6;
const FEW_VALUES = 3;
/** These have panels of their own. */
const ELSEWHERE = ["release", "environment"];

interface TagsProps {
  issue: IssueKey;
  /** Called with a filter of events that a value stands for. */
  onChoose: (name: "source", value: string) => void;
}

/** What the newest events of an issue have in common. */
export function Tags({ issue, onChoose }: TagsProps) {
  const [isWhole, setWhole] = useState(false);
  const { project_id, fingerprint } = issue;
  const tags = useLoaded(
    (signal) => api.get<ErrorTags>(`/v1/errors/${segment(fingerprint)}/tags`, { query: { project_id }, signal }),
    [project_id, fingerprint],
  );
  const all = (tags.data?.tags ?? []).filter((tag) => !(tag.is_built_in && ELSEWHERE.includes(tag.key)));
  const about = tags.data && !tags.data.is_complete ? `Of the newest ${full(tags.data.events)} events` : undefined;
  return (
    <Panel title="Tags" about={about} flush>
      {tags.data === undefined && tags.loading && <SkeletonRows rows={4} height="2.75rem" />}
      {tags.data === undefined && tags.error !== undefined && !tags.loading && (
        <div class="places-foot">
          <NotLoaded what="The tags" from={tags} />
        </div>
      )}
      {tags.data && all.length === 0 && (
        <p class="places-foot quiet">The stored events have no metadata to compare them by.</p>
      )}
      <ul class="tag-list">
        {all.slice(0, isWhole ? all.length : FEW_TAGS).map((tag) => (
          <TagRow key={`${tag.key} ${tag.is_built_in}`} tag={tag} onChoose={onChoose} />
        ))}
      </ul>
      {all.length > FEW_TAGS && (
        <div class="places-foot">
          <Button kind="quiet" size="small" expanded={isWhole} onClick={() => setWhole(!isWhole)}>
            {isWhole ? "Show fewer" : `Show all ${full(all.length)}`}
          </Button>
        </div>
      )}
    </Panel>
  );
}

/** A key with its most frequent values; one that is the same in all events takes a line alone. */
function TagRow({ tag, onChoose }: { tag: Tag; onChoose: TagsProps["onChoose"] }) {
  const [isWhole, setWhole] = useState(false);
  const values = tag.values.slice(0, isWhole ? tag.values.length : FEW_VALUES);
  const left = tag.values.length - values.length;
  const isFilter = tag.is_built_in && tag.key === "source";
  const [only] = tag.values;
  if (only && tag.values.length === 1 && tag.missing === 0 && tag.other_values === 0) {
    return (
      <li class="tag-key">
        <bdi class="mono ellipsis" title={tag.key}>
          {tag.key}
        </bdi>
        <bdi class="ellipsis quiet mono" title={`${only.value}, in all events`}>
          {only.value || "(empty)"}
        </bdi>
      </li>
    );
  }
  return (
    <li>
      <h3 class="tag-key">
        <bdi class="mono ellipsis" title={tag.key}>
          {tag.key}
        </bdi>
        {tag.missing > 0 && (
          <span class="quiet small number" title={`${count(tag.missing, "event")} without it`}>
            in {percent(tag.events / (tag.events + tag.missing))}
          </span>
        )}
      </h3>
      <ul class="shares">
        {values.map(({ value, share, count: events }) => (
          <li key={value} class="share-row">
            <div class="share-line">
              {isFilter ? (
                <button
                  type="button"
                  class="share-name"
                  title={`Show the events of ${value}`}
                  onClick={() => onChoose("source", value)}
                >
                  <bdi class="ellipsis">{value}</bdi>
                </button>
              ) : (
                <bdi class="ellipsis share-name" title={value}>
                  {value || "(empty)"}
                </bdi>
              )}
              <span class="number quiet share-percent" title={count(events, "event")}>
                {percent(share)}
              </span>
            </div>
            <ShareBar share={share} />
          </li>
        ))}
      </ul>
      {(left > 0 || isWhole) && (
        <Button kind="quiet" size="small" expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Fewer" : `${full(left)} more`}
        </Button>
      )}
      {tag.other_values > 0 && (isWhole || left === 0) && (
        <p class="quiet small">
          {count(tag.other_values, "other value")} in {count(tag.other_events, "event")}
        </p>
      )}
    </li>
  );
}
