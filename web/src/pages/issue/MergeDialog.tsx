import { useState } from "preact/hooks";
import { api, segment } from "../../api/client";
import type { MergeAnswer, UnmergeAnswer } from "../../api/types";
import { count, full } from "../../format";
import { useSubmission } from "../../forms";
import type { IssueKey } from "../../triage/issue";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { toast, toastError } from "../../ui/Toast";
import { MergeChoice } from "./MergeChoice";
import { MergeText } from "./MergeText";
import type { Mergeable } from "./mergeSearch";

interface MergeDialogProps {
  issue: IssueKey;
  onClose: () => void;
  onMerged: () => void;
}

/** As many as one request may name. */
const MAX_AT_ONCE = 100;

/** Finds other issues of the project, says what merging them does, and merges them. */
export default function MergeDialog({ issue, onClose, onMerged }: MergeDialogProps) {
  const [chosen, setChosen] = useState<readonly Mergeable[]>([]);
  const [isSure, setSure] = useState(false);
  const form = useSubmission({});
  const at = `/v1/errors/${segment(issue.fingerprint)}`;
  const query = { project_id: issue.project_id };
  const events = chosen.reduce((sum, one) => sum + one.total_count, 0);

  async function merge(): Promise<void> {
    const fingerprints = chosen.map((one) => one.fingerprint);
    const answer = await api.post<MergeAnswer>(`${at}/merge`, { fingerprints }, { query });
    toast(`${count(answer.merged.length, "error")} merged into this one.`, {
      action: { label: "Undo", run: () => void undo(answer.merged) },
    });
    onMerged();
  }
  async function undo(fingerprints: readonly string[]): Promise<void> {
    try {
      await api.post<UnmergeAnswer>(`${at}/unmerge`, { fingerprints }, { query });
      toast("Taken apart again.");
      onMerged();
    } catch (error) {
      toastError(error);
    }
  }

  if (!isSure) {
    return (
      <FormDialog
        title="Merge other errors into this one"
        verb={chosen.length === 0 ? "Choose errors" : `Merge ${count(chosen.length, "error")}…`}
        icon="merge"
        width="wide"
        form={form}
        ready={chosen.length > 0 && chosen.length <= MAX_AT_ONCE}
        onSubmit={() => setSure(true)}
        onClose={onClose}
      >
        <MergeChoice issue={issue} chosen={chosen} onChange={setChosen} />
      </FormDialog>
    );
  }
  return (
    <FormDialog
      title={`Merge ${count(chosen.length, "error")} into this one?`}
      verb={`Merge ${count(chosen.length, "error")}`}
      icon="merge"
      width="wide"
      form={form}
      onSubmit={() => form.submit(merge)}
      onClose={onClose}
    >
      <p>
        {full(events)} {events === 1 ? "event comes" : "events come"} to this error, and so do new ones from now on. It
        keeps its status, its text and its address; theirs lead here. It can be taken apart again at any time.
      </p>
      <ul class="merge-list" aria-label="Errors that are merged into this one">
        {chosen.map((one) => (
          <li key={one.fingerprint}>
            <MergeText one={one} />
          </li>
        ))}
      </ul>
      <div>
        <Button kind="quiet" size="small" icon="back" onClick={() => setSure(false)}>
          Choose others
        </Button>
      </div>
    </FormDialog>
  );
}
