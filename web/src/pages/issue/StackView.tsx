import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { api } from "../../api/client";
import type { SourceMapInfo, UnmappedFrame } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { count } from "../../format";
import { slugOf } from "../../links";
import { remember, remembered } from "../../remembered";
import { href, query, setQuery } from "../../router";
import "../../styles/pages/stack.css";
import { CodeBlock } from "../../ui/CodeBlock";
import { CopyButton } from "../../ui/CopyButton";
import { Icon } from "../../ui/Icon";
import type { Shown } from "./occurrence";
import { Segments } from "./Segments";
import { StackBlocks } from "./StackBlocks";
import { blocksOf, isOfServer, readMapped, readStack, withReasons } from "./stack";
import { countReasons, whyUnmapped } from "./stackWords";

type Form = "original" | "raw" | "text";

const KEY = "bloop-wrap";

/** Whether long lines break; a matter of taste, and the same wherever there is a stack. */
const wraps = signal(remembered(KEY) !== "no");

/** A stack: frames one can read, as the sources have them where source maps lead there, or the text as it was sent. */
export function StackView({ event, compact }: { event: Shown; compact?: boolean | undefined }) {
  const mapped = event.deobfuscated_stack;
  const unmapped = (event.unmapped_frames ?? []).filter((frame) => mapped || !isOfServer(frame));
  const isServers = unmapped.length === 0 && mapped === undefined && event.unmapped_frames !== undefined;
  const form = formInAddress(mapped !== undefined);
  const stack = event.stack ?? "";
  const blocks = useMemo(() => {
    if (form === "text") return [];
    if (form === "original") return blocksOf(readMapped(mapped ?? [], unmapped, stack));
    return blocksOf(withReasons(readStack(stack, event.message), unmapped));
  }, [event.id, stack, form]);
  if (!stack) return <p class="quiet event-part">The event has no stack.</p>;
  return (
    <section class="event-part" aria-label="Stack">
      <header>
        <h3>Stack</h3>
        <div class="row">
          <Segments
            label="Show the stack as"
            value={form}
            options={mapped === undefined ? [{ value: "raw", label: "Frames" }, TEXT] : [ORIGINAL, RAW, TEXT]}
            onChange={(chosen) => setQuery({ stack: chosen === (mapped ? "original" : "raw") ? null : chosen })}
          />
          <button
            type="button"
            class="button plain small"
            aria-pressed={wraps.value}
            title="Break long lines"
            onClick={() => setWraps(!wraps.value)}
          >
            <span class="button-text">Wrap</span>
          </button>
          <CopyButton text={stack} label="Copy stack" />
        </div>
      </header>
      {form !== "text" && unmapped.length > 0 && <WhyUnmapped event={event} unmapped={unmapped} />}
      {form !== "text" && isServers && (
        <p class="quiet small" style={{ marginBottom: "var(--gap-2)" }}>
          Source maps are not used here: no line of this stack is of a browser's script.
        </p>
      )}
      <div class={`stack-view ${wraps.value ? "wraps" : "scrolls"}`}>
        {form === "text" ? (
          <CodeBlock label="Stack as it was sent">
            <bdi>{stack}</bdi>
          </CodeBlock>
        ) : (
          <StackBlocks key={`${event.id} ${form}`} blocks={blocks} compact={compact} />
        )}
      </div>
    </section>
  );
}

const ORIGINAL = { value: "original", label: "Original" } as const;
const RAW = { value: "raw", label: "Raw" } as const;
const TEXT = { value: "text", label: "Text" } as const;

function formInAddress(hasOriginal: boolean): Form {
  const named = query.value.get("stack");
  if (named === "text" || (named === "raw" && hasOriginal)) return named;
  return hasOriginal ? "original" : "raw";
}

/** Over a stack that source maps do not lead all the way to the sources: why, and where to mend it. */
function WhyUnmapped({ event, unmapped }: { event: Shown; unmapped: readonly UnmappedFrame[] }) {
  const reasons = countReasons(unmapped.map((frame) => frame.reason));
  const misses = reasons.some(({ reason }) => reason.includes("no map for release"));
  const releases = useMappedReleases(event.project_id, misses);
  return (
    <div class="why-unmapped">
      <Icon name="map" />
      <div>
        <ul>
          {reasons.slice(0, 3).map(({ reason, lines }) => (
            <li key={reason}>
              <b>{count(lines, "line")} not mapped.</b> <bdi>{whyUnmapped(reason, releases).long}</bdi>
            </li>
          ))}
          {reasons.length > 3 && <li>Others have {count(reasons.length - 3, "further reason")}.</li>}
        </ul>
        <a href={href("/settings/sourcemaps", { project: slugOf(event.project_id), release: event.release })}>
          Source maps
        </a>
      </div>
    </div>
  );
}

/** The releases that maps are there for, the newest upload first; none for somebody who may not know. */
function useMappedReleases(projectId: string, wanted: boolean): readonly string[] {
  const found = useLoaded<readonly string[]>(
    async (signal) => {
      if (!wanted) return [];
      const maps = await api
        .get<SourceMapInfo[]>(`/v1/projects/${projectId}/sourcemaps`, { query: { limit: 50 }, signal })
        .catch(() => []);
      return [...new Set(maps.map((map) => map.release))];
    },
    [projectId, wanted],
  );
  return found.data ?? [];
}

function setWraps(value: boolean): void {
  wraps.value = value;
  remember(KEY, value ? "yes" : "no");
}
