import { useState } from "preact/hooks";
import type { Json } from "../../api/types";
import { full } from "../../format";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { Icon } from "../../ui/Icon";
import { CopyIcon } from "./CopyIcon";
import { asText, type Entry, entriesOf, FIRST_ENTRIES, OPEN_DEPTH, summary } from "./metadataTree";
import { Segments } from "./Segments";

/** What a client has sent along: as a tree of keys and values, or as the JSON that it is. */
export function Metadata({ value }: { value: Json }) {
  const [isRaw, setRaw] = useState(false);
  if (value === null) return null;
  const isTree = typeof value === "object";
  return (
    <section class="event-part" aria-label="Metadata">
      <header>
        <h3>Metadata</h3>
        <div class="row">
          {isTree && (
            <Segments
              label="Show the metadata as"
              value={isRaw ? "json" : "tree"}
              options={[
                { value: "tree", label: "Tree" },
                { value: "json", label: "JSON" },
              ]}
              onChange={(chosen) => setRaw(chosen === "json")}
            />
          )}
          <CopyIcon text={asText(value)} label="Copy metadata" />
        </div>
      </header>
      {isTree && !isRaw ? (
        <div class="metadata">
          <Entries value={value} path="" depth={0} />
        </div>
      ) : (
        <div class="bounded">
          <CodeBlock label="Metadata as JSON">{asText(value)}</CodeBlock>
        </div>
      )}
    </section>
  );
}

function Entries({ value, path, depth }: { value: Json; path: string; depth: number }) {
  const [showsAll, setShowsAll] = useState(false);
  const all = entriesOf(value, path, depth);
  const shown = showsAll ? all : all.slice(0, FIRST_ENTRIES);
  if (all.length === 0) return <p class="quiet metadata-none">Nothing is in it.</p>;
  return (
    <ul>
      {shown.map((entry) => (
        <Row key={entry.path} entry={entry} />
      ))}
      {shown.length < all.length && (
        <li>
          <Button kind="quiet" size="small" onClick={() => setShowsAll(true)}>
            Show {full(all.length - shown.length)} more
          </Button>
        </li>
      )}
    </ul>
  );
}

function Row({ entry }: { entry: Entry }) {
  const [isOpen, setOpen] = useState(entry.depth < OPEN_DEPTH);
  if (entry.size === null) {
    return (
      <li class="metadata-row">
        <span class="metadata-name">
          <bdi>{entry.name}</bdi>
        </span>
        <Value value={entry.value} />
        <CopyIcon text={asText(entry.value)} label={`Copy ${entry.path}`} />
      </li>
    );
  }
  return (
    <li>
      <div class="metadata-row">
        <button type="button" class="metadata-name opens" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name="chevron" size={12} />
          <bdi>{entry.name}</bdi>
        </button>
        <span class="quiet">{summary(entry.value)}</span>
        <CopyIcon text={asText(entry.value)} label={`Copy ${entry.path}`} />
      </div>
      {isOpen && entry.size > 0 && <Entries value={entry.value} path={entry.path} depth={entry.depth + 1} />}
    </li>
  );
}

/** Characters of a text that are shown before somebody asks for the rest. */
const FIRST_CHARS = 600;

function Value({ value }: { value: Json }) {
  const [isWhole, setWhole] = useState(false);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const isCut = !isWhole && text.length > FIRST_CHARS;
  return (
    <span class={`metadata-value ${value === null ? "null" : typeof value}`}>
      <bdi>{isCut ? text.slice(0, FIRST_CHARS) : text || '""'}</bdi>
      {isCut && (
        <Button kind="quiet" size="small" onClick={() => setWhole(true)}>
          Show all {full(text.length)} characters
        </Button>
      )}
    </span>
  );
}
