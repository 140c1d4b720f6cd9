import { useState } from "preact/hooks";
import { api, segment } from "../api/client";
import type { SavedView } from "../api/types";
import { useSubmission } from "../forms";
import { FormDialog } from "../ui/Dialog";
import { Checkbox, Field } from "../ui/Field";
import type { Sort } from "./filter";

export interface ViewDialogProps {
  /** That is given another name, or shared; null to save a new one. */
  view: SavedView | null;
  /** What the new one shows. */
  given: { query: string; sort: Sort; project_id: string | null };
  /** Whether hours are chosen on the chart, which no view keeps. */
  hasHours: boolean;
  /** Of the project that it is for; null: for all. */
  projectName: string | null;
  onClose: () => void;
  onSaved: (view: SavedView) => void;
}

/** Gives what the list shows a name, and says who sees it. */
export default function ViewDialog({ view, given, hasHours, projectName, onClose, onSaved }: ViewDialogProps) {
  const [name, setName] = useState(view?.name ?? "");
  const [isShared, setShared] = useState(view?.is_shared ?? false);
  const form = useSubmission({ name: /name|view/i });

  async function save(): Promise<void> {
    if (!name.trim()) {
      form.fail({ name: "Give the view a name." });
      return;
    }
    await form.submit(async () => {
      const wanted = { name: name.trim(), is_shared: isShared };
      const made = view
        ? await api.put<SavedView>(`/v1/views/${segment(view.id)}`, wanted)
        : await api.post<SavedView>("/v1/views", { ...given, ...wanted });
      onSaved(made);
    });
  }

  return (
    <FormDialog
      title={view ? `Change the view ${view.name}` : "Save this as a view"}
      form={form}
      verb={view ? "Change view" : "Save view"}
      onSubmit={save}
      onClose={onClose}
    >
      <Field
        label="Name"
        value={name}
        onInput={setName}
        error={form.errors.name}
        maxLength={200}
        autocomplete="off"
        autoFocus
      />
      {!view && (
        <p class="note">
          It shows <code>{given.query}</code> of {projectName === null ? "all projects" : <bdi>{projectName}</bdi>}.
          {hasHours && " The hours that are chosen on the chart are no part of it."}
        </p>
      )}
      <Checkbox
        label="Share it with everybody"
        checked={isShared}
        onChange={setShared}
        hint="All who are signed in see it then. You and administrators can change it."
      />
    </FormDialog>
  );
}
