import { useState } from "preact/hooks";
import { api, segment } from "../../../api/client";
import type { Frame, StackExplanation } from "../../../api/types";
import { useSubmission } from "../../../forms";
import type { Project } from "../../../session";
import { Badge } from "../../../ui/Badge";
import { Button } from "../../../ui/Button";
import { FormError } from "../../../ui/Field";
import { Panel } from "../../../ui/Panel";
import { TextField } from "../fields";

const STACK = `TypeError: t is undefined
    at o (https://shop.example.com/assets/app.js:1:99)`;

/** A stack that somebody pastes, and what the maps make of it. */
export function Explain({ project, releases }: { project: Project; releases: readonly string[] }) {
  const [release, setRelease] = useState("");
  const [stack, setStack] = useState("");
  const [found, setFound] = useState<StackExplanation | null>(null);
  const form = useSubmission({ release: /^release/i, stack: /^stack/i });

  async function explain(): Promise<void> {
    if (!release.trim()) return form.fail({ release: "Say which release the stack is of." });
    if (!stack.trim()) return form.fail({ stack: "Paste a stack." });
    return form.submit(async () => {
      setFound(null);
      const at = `/v1/projects/${segment(project.slug)}/sourcemaps/explain`;
      setFound(await api.post<StackExplanation>(at, { release: release.trim(), stack }));
    });
  }

  return (
    <Panel title="Explain a stack" about="Paste one, and see what it leads to, or why it leads nowhere.">
      <form
        class="stack"
        noValidate
        aria-label="Explain a stack"
        data-unsaved={stack.trim() !== "" || undefined}
        onSubmit={(event) => {
          event.preventDefault();
          void explain();
        }}
      >
        <TextField
          label="Stack"
          lines={5}
          code
          value={stack}
          onInput={setStack}
          placeholder={STACK}
          error={form.errors.stack}
        />
        <div class="upload-foot">
          <TextField
            label="Of the release"
            value={release}
            onInput={setRelease}
            suggestions={releases}
            placeholder="1.4.0"
            error={form.errors.release}
            maxLength={1_000}
          />
          <Button submit busy={form.busy}>
            Explain
          </Button>
        </div>
        <FormError>{form.errors.form}</FormError>
      </form>
      <div role="status">{found !== null && <Outcome found={found} />}</div>
    </Panel>
  );
}

function Outcome({ found }: { found: StackExplanation }) {
  const reasons = new Map(found.unmapped.map((frame) => [frame.raw_frame, frame.reason]));
  const mapped = found.frames.filter((frame) => frame.original_file !== null).length;
  // What stands before the first line with a place, such as the message, is none of them.
  const all = mapped + found.unmapped.length;
  if (all === 0) return <p class="explained-sum quiet">No line of it names a place in a script.</p>;
  return (
    <>
      <p class="explained-sum">
        {mapped === 0 ? "No line leads to a source." : `${mapped} of ${all} lines lead to a source.`}
      </p>
      <ol class="explained-lines" aria-label="The stack, explained">
        {found.frames.map((frame, index) => (
          <li key={index}>
            <Mapped frame={frame} reason={reasons.get(frame.raw_frame)} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Mapped({ frame, reason }: { frame: Frame; reason: string | undefined }) {
  if (frame.original_file === null) return <Lost raw={frame.raw_frame} reason={reason} />;
  const first = (frame.original_line ?? 1) - frame.pre_context.length;
  const lines = [...frame.pre_context, frame.context_line, ...frame.post_context];
  return (
    <>
      <p>
        <code>
          <bdi>
            <b>{frame.original_file}</b>:{placeIn(frame)}
          </bdi>
        </code>
        {frame.original_name && (
          <span class="quiet">
            {" "}
            in{" "}
            <code>
              <bdi>{frame.original_name}</bdi>
            </code>
          </span>
        )}
      </p>
      <p class="quiet small">
        <code>
          <bdi>{frame.raw_frame}</bdi>
        </code>
      </p>
      {frame.context_line !== null && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <pre class="source-lines" tabIndex={0}>
          {lines.map((line, index) => (
            <span key={index} class={index === frame.pre_context.length ? "source-line this" : "source-line"}>
              <span class="line-number">{first + index}</span>
              {line}
              {"\n"}
            </span>
          ))}
        </pre>
      )}
    </>
  );
}

/** Return line and column, as editors and the page of an issue count them: maps count columns from 0. */
function placeIn({ original_line: line, original_column: column }: Frame): string {
  return column === null ? String(line) : `${line}:${column + 1}`;
}

function Lost({ raw, reason }: { raw: string; reason: string | undefined }) {
  return (
    <>
      <p class={reason === undefined ? "quiet" : undefined}>
        <code>
          <bdi>{raw}</bdi>
        </code>
      </p>
      {reason !== undefined && (
        <p class="quiet small">
          <Badge tone="warn">not mapped</Badge> <bdi>{reason}</bdi>
        </p>
      )}
    </>
  );
}
