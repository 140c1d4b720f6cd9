import { useEffect, useRef, useState } from "preact/hooks";
import { isAbort, messageOf } from "../../../api/client";
import { bytes, count } from "../../../format";
import type { Project } from "../../../session";
import { Button } from "../../../ui/Button";
import { Icon } from "../../../ui/Icon";
import { useKeptFocus } from "../../../ui/keptFocus";
import { Panel } from "../../../ui/Panel";
import { toast } from "../../../ui/Toast";
import { focusFirstFault, TextField } from "../fields";
import { type Chosen, chosenOf, droppedFiles, mapsOf } from "./files";
import { sendMap } from "./sending";

interface Row extends Chosen {
  state: "waiting" | "sending" | "stored" | "failed";
  part: number;
  fault?: string;
}

interface UploadProps {
  project: Project;
  releases: readonly string[];
  onUploaded: () => void;
}

/** Files that are dropped or chosen, sent one after the other, so that each has an outcome of its own. */
export function Upload({ project, releases, onUploaded }: UploadProps) {
  const body = useRef<HTMLDivElement>(null);
  const ended = useRef(new AbortController());
  const [release, setRelease] = useState("");
  const [rows, setRows] = useState<readonly Row[]>([]);
  const [fault, setFault] = useState<{ release?: string; files?: string }>({});
  const [busy, setBusy] = useState(false);
  useEffect(() => () => ended.current.abort(), []);
  useKeptFocus(body);
  const left = rows.filter((row) => row.state !== "stored");

  function take(chosen: readonly Chosen[], isFolder: boolean): void {
    const maps = isFolder ? mapsOf(chosen) : chosen;
    setFault(maps.length === 0 ? { files: "There are no source maps (*.map) in it." } : {});
    const names = new Set(maps.map((map) => map.name));
    setRows((before) => [
      ...before.filter((row) => row.state !== "stored" && !names.has(row.name)),
      ...maps.map((map) => ({ ...map, state: "waiting" as const, part: 0 })),
    ]);
  }

  function start(): void {
    const to = release.trim();
    const missing = to ? { files: "Choose the maps first." } : { release: "Say which release they belong to." };
    const isReady = to !== "" && left.length > 0;
    setFault(isReady ? {} : missing);
    if (isReady) void upload(to);
    else focusFirstFault(body.current);
  }

  async function upload(to: string): Promise<void> {
    setBusy(true);
    let stored = 0;
    for (const row of left) stored += (await send(row, to)) ? 1 : 0;
    if (ended.current.signal.aborted) return;
    setBusy(false);
    if (stored === 0) return;
    toast(`${count(stored, "source map is", "source maps are")} stored for release ${to}.`);
    onUploaded();
  }

  /** Send one; false if that failed, and nobody waits any more if the page was left. */
  async function send({ name, file }: Row, to: string): Promise<boolean> {
    const set = (changes: Partial<Row>) =>
      setRows((before) => before.map((row) => (row.name === name ? { ...row, ...changes } : row)));
    const { signal } = ended.current;
    if (signal.aborted) return false;
    set({ state: "sending", part: 0 });
    try {
      await sendMap({ slug: project.slug, release: to, name, file, signal, onProgress: (part) => set({ part }) });
      set({ state: "stored", part: 1 });
      return true;
    } catch (error) {
      if (!isAbort(error)) set({ state: "failed", fault: messageOf(error) });
      return false;
    }
  }

  return (
    <Panel
      title="Upload"
      about="By the source maps of a release, minified stacks lead back to your sources. Maps as they are, or compressed with gzip."
    >
      <div class="stack" ref={body} data-unsaved={left.length > 0 || undefined}>
        <DropZone take={take} refuse={(files) => setFault({ files })} busy={busy} fault={fault.files} />
        {rows.length > 0 && (
          <ul class="chosen-files" aria-label="Chosen files">
            {rows.map((row) => (
              <FileRow
                key={row.name}
                row={row}
                remove={busy ? null : () => setRows((before) => before.filter((known) => known !== row))}
              />
            ))}
          </ul>
        )}
        <div class="upload-foot">
          <TextField
            label="Release"
            value={release}
            onInput={setRelease}
            suggestions={releases}
            placeholder="1.4.0"
            error={fault.release}
            hint="Exactly as your events name it."
            maxLength={1_000}
            disabled={busy}
          />
          <Button kind="primary" busy={busy} onClick={start}>
            {left.length > 1 ? `Upload ${left.length} maps` : "Upload"}
          </Button>
        </div>
      </div>
    </Panel>
  );
}

interface DropZoneProps {
  take: (chosen: readonly Chosen[], isFolder: boolean) => void;
  /** Called with why nothing could be taken. */
  refuse: (why: string) => void;
  busy: boolean;
  fault: string | undefined;
}

function DropZone({ take, refuse, busy, fault }: DropZoneProps) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  function pick(input: HTMLInputElement, isFolder: boolean): void {
    take(chosenOf(input.files ?? []), isFolder);
    // The same files can be chosen again after they were mended.
    input.value = "";
  }
  async function drop(items: DataTransferItemList): Promise<void> {
    try {
      const dropped = await droppedFiles(items);
      take(dropped.files, dropped.hasFolder);
    } catch (error) {
      refuse(`What was dropped could not be read. ${messageOf(error)}`);
    }
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a second way for pointers, the buttons in it are for all
    <div
      class={isOver ? "drop-zone over" : "drop-zone"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(!busy);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        if (!busy && event.dataTransfer) void drop(event.dataTransfer.items);
      }}
    >
      <Icon name="map" size={20} />
      <p>Drop maps here, or the folder that your bundler has written to</p>
      <div class="row">
        <Button size="small" disabled={busy} onClick={() => files.current?.click()}>
          Choose files
        </Button>
        <Button size="small" disabled={busy} onClick={() => folder.current?.click()}>
          Choose a folder
        </Button>
      </div>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        accept=".map,.gz,.json"
        aria-label="Source maps"
        onChange={(event) => pick(event.currentTarget, false)}
      />
      <input
        ref={folder}
        type="file"
        hidden
        {...{ webkitdirectory: true }}
        aria-label="Folder with source maps"
        onChange={(event) => pick(event.currentTarget, true)}
      />
      <p class="note bad" role="alert">
        {fault}
      </p>
    </div>
  );
}

const WORDS = { waiting: "", stored: "stored", failed: "not stored" };

function FileRow({ row, remove }: { row: Row; remove: (() => void) | null }) {
  return (
    <li class={row.state}>
      <span class="file-name">
        <code>
          <bdi>{row.name}</bdi>
        </code>
        {row.fault && <span class="file-fault">{row.fault}</span>}
      </span>
      <span class="quiet nowrap">{bytes(row.file.size)}</span>
      <span class="file-state" role="status">
        {row.state === "sending" ? (
          <progress value={row.part} max={1} aria-label={`${row.name} is sent`} />
        ) : (
          <>
            {row.state === "stored" && <Icon name="check" size={14} />}
            {row.state === "failed" && <Icon name="alert" size={14} />}
            {WORDS[row.state]}
          </>
        )}
      </span>
      <Button
        kind="quiet"
        size="small"
        icon="close"
        label={`Take ${row.name} off the list`}
        disabled={remove === null}
        onClick={() => remove?.()}
      />
    </li>
  );
}
