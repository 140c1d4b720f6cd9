import { useEffect, useId, useRef } from "preact/hooks";
import { api } from "../../api/client";
import type { Facets } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import "../../styles/field.css";
import { Note } from "../../ui/Field";

interface ReleaseFieldProps {
  value: string;
  /** Whose releases are suggested; null: none are. */
  projectId: string | null;
  error: string | undefined;
  onInput: (value: string) => void;
}

/** The name of a release. Those that are known are suggested, newest events first; others can be typed all the same. */
export function ReleaseField({ value, projectId, error, onInput }: ReleaseFieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const known = useLoaded(
    async (signal) => {
      if (projectId === null) return [];
      const { releases } = await api.get<Facets>("/v1/facets", {
        query: { project_id: projectId, limit: 200 },
        signal,
      });
      return releases.toSorted((one, other) => other.last_seen - one.last_seen).map((release) => release.value);
    },
    [projectId],
  );
  useEffect(() => {
    if (error) input.current?.focus();
  }, [error]);
  return (
    <div class="field">
      <label for={id}>Release</label>
      <input
        ref={input}
        id={id}
        type="text"
        class="control mono"
        // A dialog that opens with this field begins here.
        data-focused
        list={`${id}-list`}
        value={value}
        maxLength={200}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        placeholder={known.data?.[0]}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-note`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <datalist id={`${id}-list`}>
        {known.data?.map((release) => (
          <option key={release} value={release} />
        ))}
      </datalist>
      <Note
        id={`${id}-note`}
        error={error}
        hint="It need not have been seen yet. Events of earlier releases count, and leave the error resolved."
      />
    </div>
  );
}
