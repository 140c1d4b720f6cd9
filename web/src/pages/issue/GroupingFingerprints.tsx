import { useState } from "preact/hooks";
import { api, segment } from "../../api/client";
import type { FingerprintOrigin, IssueFingerprint, MergeAnswer, UnmergeAnswer } from "../../api/types";
import { count, full } from "../../format";
import type { IssueKey } from "../../triage/issue";
import { Button } from "../../ui/Button";
import { ConfirmDialog } from "../../ui/Dialog";
import { Lazy } from "../../ui/Lazy";
import { type Column, Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { toast, toastError } from "../../ui/Toast";
import { CopyIcon } from "./CopyIcon";
import { type KnownFingerprint, knownFingerprints } from "./groupingWords";

const loadMerge = () => import("./MergeDialog");

interface GroupingFingerprintsProps {
  issue: IssueKey;
  fingerprints: readonly IssueFingerprint[];
  origins: readonly FingerprintOrigin[];
  /** Called when issues were merged or taken apart. */
  onChanged: () => void;
}

/** The fingerprints of an issue with what each has counted; others can be merged into it, and taken out again. */
export function GroupingFingerprints({ issue, fingerprints, origins, onChanged }: GroupingFingerprintsProps) {
  const [isMerging, setMerging] = useState(false);
  const [leaving, setLeaving] = useState<readonly string[] | null>(null);
  const all = knownFingerprints(fingerprints, origins);
  const merged = [...new Set(all.filter((one) => one.merged_into !== null).map((one) => one.home))];
  const at = `/v1/errors/${segment(issue.fingerprint)}`;
  const query = { project_id: issue.project_id };

  async function take(names: readonly string[]): Promise<void> {
    const body = names.length === merged.length ? { all: true } : { fingerprints: names };
    const answer = await api.post<UnmergeAnswer>(`${at}/unmerge`, body, { query });
    setLeaving(null);
    toast(
      `${count(answer.unmerged.length, "error")} of their own again.`.replace("1 error of their", "An error of its"),
      {
        action: { label: "Undo", run: () => void mergeAgain(answer.unmerged) },
      },
    );
    onChanged();
  }
  async function mergeAgain(names: readonly string[]): Promise<void> {
    try {
      await api.post<MergeAnswer>(`${at}/merge`, { fingerprints: names }, { query });
      toast("Merged again.");
      onChanged();
    } catch (error) {
      toastError(error);
    }
  }

  const acts: Column<KnownFingerprint> = {
    title: "Acts",
    hideTitle: true,
    corner: true,
    number: true,
    cell: (one) =>
      one.merged_into !== null &&
      one.fingerprint === one.home && (
        <Button
          size="small"
          label={`Take out ${one.fingerprint}`}
          title="Take out"
          onClick={() => setLeaving([one.home])}
        >
          Take out
        </Button>
      ),
  };
  return (
    <section aria-label="Fingerprints">
      <header class="why-part why-head">
        <h3>{count(all.length, "fingerprint")}</h3>
        <div class="row">
          {merged.length > 1 && (
            <Button size="small" onClick={() => setLeaving(merged)}>
              Take all apart
            </Button>
          )}
          <Button size="small" icon="merge" onClick={() => setMerging(true)}>
            Merge others into this…
          </Button>
        </div>
      </header>
      <Table
        caption="Fingerprints of this error"
        rows={all}
        rowKey={(one) => one.fingerprint}
        columns={merged.length > 0 ? [...COLUMNS, MERGED, acts] : COLUMNS}
      />
      {leaving && (
        <ConfirmDialog
          title={leaving.length === 1 ? `Take ${leaving[0]} out?` : `Take ${full(leaving.length)} errors apart?`}
          confirm={leaving.length === 1 ? "Take out" : "Take all apart"}
          harmless
          onConfirm={() => take(leaving)}
          onClose={() => setLeaving(null)}
        >
          <Leaving rows={all.filter((one) => leaving.includes(one.home))} />
        </ConfirmDialog>
      )}
      {isMerging && (
        <Lazy
          load={loadMerge}
          skeleton={null}
          props={{
            issue,
            onClose: () => setMerging(false),
            onMerged: () => {
              setMerging(false);
              onChanged();
            },
          }}
        />
      )}
    </section>
  );
}

/** What taking them out does. */
function Leaving({ rows }: { rows: readonly KnownFingerprint[] }) {
  const events = rows.reduce((sum, one) => sum + one.total_count, 0);
  const isOne = new Set(rows.map((one) => one.home)).size === 1;
  return (
    <>
      <p>
        {isOne ? "It becomes an error of its own again" : "Each becomes an error of its own again"}, with its events (
        {full(events)}), also those of the meantime, its history, and the status that it had.
      </p>
      <p class="quiet">
        One that was resolved and has had events since is unresolved. Comments that were written meanwhile stay here.
      </p>
    </>
  );
}

const COLUMNS: readonly Column<KnownFingerprint>[] = [
  {
    title: "Fingerprint",
    heading: true,
    cell: (one) => (
      <span class="why-cell">
        <code class="why-name ellipsis" title={one.fingerprint}>
          <bdi>{one.fingerprint}</bdi>
        </code>
        <CopyIcon text={one.fingerprint} label={`Copy fingerprint ${one.fingerprint}`} />
      </span>
    ),
  },
  { title: "Made by", cell: (one) => one.made },
  {
    title: "Last seen",
    cell: (one) => (one.last_seen === null ? <span class="quiet">never</span> : <Time ms={one.last_seen} />),
  },
  { title: "Events", number: true, cell: (one) => full(one.total_count) },
];

const MERGED: Column<KnownFingerprint> = {
  title: "Merged",
  cell: (one) =>
    one.merged_at === null ? (
      <span class="quiet">-</span>
    ) : (
      <>
        <Time ms={one.merged_at} /> by <bdi>{one.merged_by_name ?? "somebody who is gone"}</bdi>
      </>
    ),
};
