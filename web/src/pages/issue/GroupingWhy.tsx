import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ErrorGrouping, Explanation, GroupingParts } from "../../api/types";
import { count } from "../../format";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { Icon } from "../../ui/Icon";
import { CopyIcon } from "./CopyIcon";
import { decidedBy, piecesOf, skippedWords } from "./groupingWords";

/** What went into the fingerprint of the newest event, part by part. */
export function GroupingWhy({ grouping }: { grouping: ErrorGrouping }) {
  if (grouping.newest === null) {
    return <p class="quiet why-part">None of its events is stored any more, so nobody can say why they were one.</p>;
  }
  const { newest } = grouping;
  return (
    <>
      {!grouping.is_current && (
        <p class="why-part why-old">
          <Icon name="alert" />
          <span>
            The grouping of the project has changed since. Its newest event would belong to another error now, as below.
          </span>
        </p>
      )}
      <div class="why-part">
        <p>{decidedBy(newest)}</p>
        {newest.rule_fingerprint !== null && (
          <p class="quiet">
            It makes the fingerprint of <code>{newest.rule_fingerprint}</code>
          </p>
        )}
        <Parts parts={newest.parts} isNeeded={newest.by === "version"} />
      </div>
      <Hashed newest={newest} />
    </>
  );
}

function Parts({ parts, isNeeded }: { parts: GroupingParts; isNeeded: boolean }) {
  return (
    <>
      {!isNeeded && <p class="quiet">Without that, it would have been made of these:</p>}
      <dl class="why-parts">
        <Part label="Source">{parts.source}</Part>
        <Part label="Type">{parts.error_type}</Part>
        <Part label="Route">{parts.route}</Part>
        <Part label="Message" more={<Replaced parts={parts} />}>
          {parts.message &&
            piecesOf(parts).map((piece, index) =>
              piece.found === null ? piece.text : <mark key={index}>{piece.text}</mark>,
            )}
        </Part>
        <Part label="Frame" more={<Skipped parts={parts} />}>
          {parts.frame}
        </Part>
      </dl>
    </>
  );
}

function Part({ label, children, more }: { label: string; children: ComponentChildren; more?: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {children ? (
          <code>
            <bdi>{children}</bdi>
          </code>
        ) : (
          <span class="quiet">none</span>
        )}
        {more}
      </dd>
    </div>
  );
}

const FIRST_PIECES = 6;

/** What was taken out of the message, and what stands in its place. */
function Replaced({ parts }: { parts: GroupingParts }) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = showsAll ? parts.replaced : parts.replaced.slice(0, FIRST_PIECES);
  if (shown.length === 0) return null;
  return (
    <ul class="why-pieces" aria-label="What was replaced in the message">
      {shown.map((piece, index) => (
        <li key={index}>
          <del>
            <bdi>{piece.found}</bdi>
          </del>
          <span aria-hidden="true">→</span>
          <mark>{piece.placeholder}</mark>
          <span class="quiet">{piece.kind}</span>
        </li>
      ))}
      {shown.length < parts.replaced.length && (
        <li>
          <Button kind="quiet" size="small" onClick={() => setShowsAll(true)}>
            {parts.replaced.length - shown.length} more
          </Button>
        </li>
      )}
    </ul>
  );
}

/** The line of the stack that counts, and those before it that do not. */
function Skipped({ parts }: { parts: GroupingParts }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      {parts.frame_line !== null && parts.frame_line !== parts.frame && (
        <p class="quiet small">
          of the line{" "}
          <code>
            <bdi>{parts.frame_line}</bdi>
          </code>
        </p>
      )}
      {parts.skipped.length > 0 && (
        <Button kind="quiet" size="small" expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {count(parts.skipped.length, "line")} before it {parts.skipped.length === 1 ? "does" : "do"} not count
        </Button>
      )}
      {isOpen && (
        <ol class="why-skipped">
          {parts.skipped.map((line, index) => (
            <li key={index}>
              <code>
                <bdi>{line.line}</bdi>
              </code>
              <span class="quiet small">{skippedWords(line)}</span>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

/** The text that is hashed, for whoever wants it to the letter. */
function Hashed({ newest }: { newest: Explanation }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div class="why-part">
      <div class="row">
        <span class="quiet">Fingerprint</span>
        <code class="why-name">{newest.fingerprint}</code>
        <CopyIcon text={newest.fingerprint} label="Copy fingerprint of the newest event" />
        <Button kind="quiet" size="small" expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Hide" : "Show"} what is hashed
        </Button>
      </div>
      {isOpen && <CodeBlock label="The text that is hashed">{newest.hashed_text}</CodeBlock>}
      {isOpen && newest.older_fingerprint !== null && (
        <p class="quiet small">
          By the other version it would be <code>{newest.older_fingerprint}</code>, which is looked for too.
        </p>
      )}
    </div>
  );
}
