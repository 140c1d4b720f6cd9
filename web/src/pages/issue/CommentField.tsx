import { useEffect, useId, useRef, useState } from "preact/hooks";
import { messageOf } from "../../api/client";
import { Button } from "../../ui/Button";
import { Keys } from "../../ui/Keys";

interface CommentFieldProps {
  label: string;
  value: string;
  onInput: (text: string) => void;
  /** What its button does: "Comment". */
  verb: string;
  /** Sends it; when that is rejected, the field says why, and keeps the text. */
  onSend: (text: string) => Promise<void>;
  /** There where what is written can be given up. */
  onCancel?: () => void;
  autoFocus?: boolean;
}

/** As many bytes as the server takes. */
const MAX_BYTES = 8_192;

/** A field for some lines of plain text; Ctrl or Cmd with Enter sends it. */
export function CommentField({ label, value, onInput, verb, onSend, onCancel, autoFocus }: CommentFieldProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  useEffect(() => {
    if (autoFocus) field.current?.focus();
  }, []);

  async function send(): Promise<void> {
    const text = value.trim();
    if (busy || !text) return field.current?.focus();
    const size = new TextEncoder().encode(text).length;
    if (size > MAX_BYTES) return setError(`That is ${size - MAX_BYTES} bytes too long: 8,192 at most.`);
    setBusy(true);
    setError(null);
    try {
      await onSend(text);
    } catch (thrown) {
      setError(messageOf(thrown));
      field.current?.focus();
    }
    setBusy(false);
  }

  return (
    <form
      class="comment-field"
      // A new comment is kept as a draft; of one that is changed nothing is kept anywhere else.
      data-unsaved={onCancel !== undefined || undefined}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label for={id} class="unseen">
        {label}
      </label>
      <textarea
        ref={field}
        id={id}
        class="control"
        rows={2}
        placeholder={label}
        value={value}
        aria-invalid={error !== null || undefined}
        aria-describedby={error === null ? undefined : `${id}-note`}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
            event.preventDefault();
            void send();
          } else if (event.key === "Escape" && onCancel) {
            event.preventDefault();
            onCancel();
          }
        }}
      />
      <div class="comment-foot">
        <p id={`${id}-note`} class={error === null ? "note" : "note bad"} aria-live="polite">
          {error}
        </p>
        {onCancel && (
          <Button size="small" disabled={busy} onClick={onCancel}>
            Cancel
          </Button>
        )}
        <Button submit size="small" busy={busy} disabled={!value.trim()}>
          {verb}
          <span aria-hidden="true">
            <Keys keys="mod+Enter" />
          </span>
        </Button>
      </div>
    </form>
  );
}
