import { useEffect, useState } from "preact/hooks";
import { api, messageOf, Problem, segment } from "../../api/client";
import type { CeremonyStart, PasskeyInfo } from "../../api/types";
import { type LoadedState, useLoaded } from "../../api/useLoaded";
import { useSubmission } from "../../forms";
import { createPasskey, passkeyRefusal, whyNoPasskeys } from "../../passkeys";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { ConfirmDialog, FormDialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";
import { Panel } from "../../ui/Panel";
import { Loaded, SkeletonRows } from "../../ui/States";
import { Table } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { toast } from "../../ui/Toast";
import { browserInWords } from "./browsers";

const MAX_NAME_CHARS = 64;
const FIELDS = { name: /\bname\b/i };

type Asked = { act: "add" } | { act: "rename" | "remove"; passkey: PasskeyInfo } | null;

/** The passkeys of whoever is signed in. */
export function PasskeysPanel() {
  const passkeys = useLoaded((signal) => api.get<PasskeyInfo[]>("/v1/me/passkeys", { signal }), []);
  const [asked, setAsked] = useState<Asked>(null);
  const close = () => setAsked(null);
  const changed = (text: string) => {
    close();
    passkeys.reload();
    toast(text);
  };
  return (
    <>
      <Panel
        title="Passkeys"
        about="You sign in with any of them. A second one, on another device, is the way back in when one is lost."
        actions={
          <Button kind="primary" icon="plus" onClick={() => setAsked({ act: "add" })}>
            Add a passkey
          </Button>
        }
        flush
      >
        <Loaded from={passkeys} skeleton={<SkeletonRows rows={2} height="3.25rem" />}>
          {(rows) => <PasskeyTable rows={rows} ask={setAsked} />}
        </Loaded>
      </Panel>
      {asked?.act === "add" && <AddDialog onClose={close} onDone={(name) => changed(`${name} is added.`)} />}
      {asked?.act === "rename" && (
        <RenameDialog passkey={asked.passkey} onClose={close} onDone={(name) => changed(`It is called ${name} now.`)} />
      )}
      {asked?.act === "remove" && <RemoveDialog passkey={asked.passkey} from={passkeys} onClose={close} />}
    </>
  );
}

function PasskeyTable({ rows, ask }: { rows: readonly PasskeyInfo[]; ask: (asked: Asked) => void }) {
  const isLast = rows.length === 1;
  return (
    <>
      <Table
        caption="Passkeys"
        rows={rows}
        rowKey={(passkey) => passkey.id}
        columns={[
          {
            title: "Passkey",
            heading: true,
            cell: (passkey) => (
              <span class="row">
                {passkey.name}
                {passkey.is_synced && <Badge icon="refresh">synced</Badge>}
              </span>
            ),
          },
          { title: "Added", cell: (passkey) => <Time secs={passkey.created_at} /> },
          {
            title: "Last used",
            cell: (passkey) =>
              passkey.last_used_at === null ? <span class="quiet">never</span> : <Time secs={passkey.last_used_at} />,
          },
          {
            title: "Acts",
            hideTitle: true,
            corner: true,
            number: true,
            cell: (passkey) => (
              <span class="acts-cell">
                <Button
                  size="small"
                  label={`Rename ${passkey.name}`}
                  title="Rename"
                  onClick={() => ask({ act: "rename", passkey })}
                >
                  Rename
                </Button>
                <Button
                  size="small"
                  icon="trash"
                  label={`Remove ${passkey.name}`}
                  disabled={isLast}
                  onClick={() => ask({ act: "remove", passkey })}
                />
              </span>
            ),
          },
        ]}
      />
      {isLast && (
        <p class="panel-foot quiet">
          This is your only passkey, so it cannot be removed: you could not sign in again. Add another one first.
        </p>
      )}
    </>
  );
}

interface DoneProps {
  onClose: () => void;
  onDone: (name: string) => void;
}

function AddDialog({ onClose, onDone }: DoneProps) {
  const [name, setName] = useState(() => browserInWords(navigator.userAgent));
  const form = useSubmission(FIELDS);
  const [ceremony] = useState(() => new AbortController());
  useEffect(() => () => ceremony.abort(), []);
  const why = whyNoPasskeys();
  const add = () =>
    form.submit(async () => {
      try {
        const { challenge_id, publicKey } = await api.post<CeremonyStart>("/v1/me/passkeys/start");
        const options = publicKey as unknown as PublicKeyCredentialCreationOptionsJSON;
        const credential = await createPasskey(options, ceremony.signal);
        const body = { challenge_id, credential, ...(name.trim() ? { name: name.trim() } : {}) };
        const made = await api.post<PasskeyInfo>("/v1/me/passkeys/finish", body);
        onDone(made.name);
      } catch (thrown) {
        const status = thrown instanceof Problem ? thrown.status : 0;
        throw new Problem(passkeyRefusal(thrown) ?? messageOf(thrown), status);
      }
    });
  return (
    <FormDialog
      title="Add a passkey"
      verb="Make the passkey"
      icon="key"
      form={why === null ? form : { ...form, errors: { form: why } }}
      ready={why === null}
      ends
      onClose={onClose}
      onSubmit={add}
    >
      <p>Your browser asks where to keep it: on this device, on a phone, or on a security key.</p>
      <NameField value={name} onInput={setName} error={form.errors.name} />
    </FormDialog>
  );
}

function RenameDialog({ passkey, onClose, onDone }: DoneProps & { passkey: PasskeyInfo }) {
  const [name, setName] = useState(passkey.name);
  const form = useSubmission(FIELDS);
  const rename = () =>
    form.submit(async () => {
      const renamed = await api.put<PasskeyInfo>(`/v1/me/passkeys/${segment(passkey.id)}`, { name: name.trim() });
      onDone(renamed.name);
    });
  return (
    <FormDialog title={`Rename ${passkey.name}`} verb="Rename" form={form} onClose={onClose} onSubmit={rename}>
      <NameField value={name} onInput={setName} error={form.errors.name} />
    </FormDialog>
  );
}

interface NameFieldProps {
  value: string;
  onInput: (value: string) => void;
  error: string | undefined;
}

function NameField({ value, onInput, error }: NameFieldProps) {
  return (
    <Field
      label="Name"
      value={value}
      onInput={onInput}
      error={error}
      hint="So that you know it again: the device, or the app that keeps it."
      maxLength={MAX_NAME_CHARS}
      autocomplete="off"
      autoFocus
    />
  );
}

interface RemoveDialogProps {
  passkey: PasskeyInfo;
  from: LoadedState<PasskeyInfo[]>;
  onClose: () => void;
}

function RemoveDialog({ passkey, from, onClose }: RemoveDialogProps) {
  async function remove(): Promise<void> {
    await api.delete(`/v1/me/passkeys/${segment(passkey.id)}`);
    from.change((now) => now.filter((known) => known.id !== passkey.id));
    onClose();
    toast(`${passkey.name} is removed.`);
  }
  return (
    <ConfirmDialog title={`Remove ${passkey.name}?`} confirm="Remove passkey" onConfirm={remove} onClose={onClose}>
      It does not sign you in any more. Sessions that it has begun go on: end them below if it was stolen. Your device
      may go on offering it until you delete it there as well.
    </ConfirmDialog>
  );
}
