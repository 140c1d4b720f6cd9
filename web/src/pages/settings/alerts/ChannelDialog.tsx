import { useState } from "preact/hooks";
import { api } from "../../../api/client";
import type { AlertChannel, AlertRule } from "../../../api/types";
import { useSubmission } from "../../../forms";
import { Button } from "../../../ui/Button";
import { CopyButton } from "../../../ui/CopyButton";
import { FormDialog } from "../../../ui/Dialog";
import { Checkbox, Select } from "../../../ui/Field";
import { TextField } from "../fields";
import {
  type ChannelDraft,
  channelConfig,
  channelDraft,
  type FieldOfChannel,
  freshSecret,
  KINDS,
  kindLabel,
} from "./channels";
import { HeaderFields } from "./HeaderFields";

const REFUSALS = {
  headers: /header/i,
  template: /template|json/i,
  to: /email/i,
  routing_key: /routing_key/i,
  severity: /severity/i,
  token: /token/i,
  secret: /^secret/i,
  url: /url/i,
};

interface ChannelDialogProps {
  rule: AlertRule;
  /** The channel that is changed; null for another one. */
  channel: AlertChannel | null;
  onClose: () => void;
  onSaved: (channel: AlertChannel) => void;
}

/** A channel: what kind of place it is, and what is needed to send there. */
export function ChannelDialog({ rule, channel, onClose, onSaved }: ChannelDialogProps) {
  const [draft, setDraft] = useState<ChannelDraft>(() => channelDraft(channel));
  const form = useSubmission(REFUSALS);
  const kind = KINDS.find((known) => known.type === draft.type);
  const set = (name: string, value: string) =>
    setDraft((before) => ({ ...before, values: { ...before.values, [name]: value } }));

  const save = () =>
    form.submit(async () => {
      const at = `/v1/alerts/${rule.id}/channels`;
      const config = channelConfig(draft, channel);
      onSaved(
        channel === null
          ? await api.post<AlertChannel>(at, { config })
          : await api.put<AlertChannel>(`${at}/${channel.id}`, { config }),
      );
    });

  return (
    <FormDialog
      title={channel === null ? `Add a channel to ${rule.name}` : `Change this channel (${kindLabel(draft.type)})`}
      verb={channel === null ? "Add channel" : "Save channel"}
      width="wide"
      form={form}
      onClose={onClose}
      onSubmit={save}
    >
      {channel === null && (
        <Select
          label="Kind"
          value={draft.type}
          options={KINDS.map(({ type, label }) => ({ value: type, label }))}
          onChange={(type) => setDraft({ type, values: {}, headers: [], removed: [] })}
          hint={kind?.about}
        />
      )}
      {kind === undefined && <p>This page does not know that kind of channel: it can be removed, and not changed.</p>}
      {kind?.fields.map((field) => (
        <FieldRow
          key={`${draft.type} ${field.name}`}
          field={field}
          draft={draft}
          channel={channel}
          error={errorOf(field, form.errors)}
          set={(value) => set(field.name, value)}
          setRemoved={(isRemoved) =>
            setDraft((before) => ({
              ...before,
              removed: isRemoved
                ? [...before.removed, field.name]
                : before.removed.filter((known) => known !== field.name),
            }))
          }
        />
      ))}
      {draft.type === "webhook" && (
        <HeaderFields
          headers={draft.headers}
          error={form.errors.headers}
          onChange={(headers) => setDraft((before) => ({ ...before, headers }))}
        />
      )}
    </FormDialog>
  );
}

/** Both names of the field that says where something is sent are one to the server's words. */
function errorOf(field: FieldOfChannel, errors: Partial<Record<string, string>>): string | undefined {
  return errors[field.name === "webhook_url" ? "url" : field.name];
}

interface FieldRowProps {
  field: FieldOfChannel;
  draft: ChannelDraft;
  channel: AlertChannel | null;
  error: string | undefined;
  set: (value: string) => void;
  setRemoved: (isRemoved: boolean) => void;
}

function FieldRow({ field, draft, channel, error, set, setRemoved }: FieldRowProps) {
  const stored = field.isSecret ? channel?.config[field.name] : undefined;
  const value = draft.values[field.name] ?? "";
  const isRemoved = draft.removed.includes(field.name);
  const label = field.isOptional ? `${field.label} (optional)` : field.label;
  if (field.options) {
    return (
      <Select
        label={label}
        value={value || (field.options[0] ?? "")}
        options={field.options.map((option) => ({ value: option, label: option }))}
        onChange={set}
        error={error}
      />
    );
  }
  return (
    <>
      <TextField
        label={label}
        value={value}
        onInput={set}
        error={error}
        code={field.name !== "to"}
        lines={field.lines ?? 1}
        placeholder={stored ? "••••••••" : field.placeholder}
        disabled={isRemoved}
        hint={
          stored && !value ? (
            <>
              Stored, and never shown again{String(stored).includes("://") && <code>: {String(stored)}</code>}. Leave it
              empty to keep it.
            </>
          ) : (
            field.hint
          )
        }
      />
      {field.name === "secret" && !isRemoved && (
        <div class="row">
          {value ? (
            <>
              <CopyButton text={value} label="Copy secret" />
              <span class="quiet">Copy it before you save: it is not shown again.</span>
            </>
          ) : (
            <Button size="small" icon="key" onClick={() => set(freshSecret())}>
              Make one
            </Button>
          )}
        </div>
      )}
      {stored && field.isOptional && (
        <Checkbox label={`Take the ${field.label.toLowerCase()} away`} checked={isRemoved} onChange={setRemoved} />
      )}
    </>
  );
}
