import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { NewToken } from "../../api/types";
import { useSubmission } from "../../forms";
import type { Project } from "../../session";
import { FormDialog } from "../../ui/Dialog";
import { Checkbox, Field, Select } from "../../ui/Field";
import { SecretDialog } from "./Secret";
import { LIFETIMES, type Lifetime, SCOPES } from "./scopes";

const FIELDS = { name: /^name\b/i, scopes: /scope/i, lifetime: /expires_in_days/i };

interface TokenDialogProps {
  project: Project;
  onClose: () => void;
  onMade: () => void;
}

/** Create a token; then the same dialog tells it, this once. */
export function TokenDialog({ project, onClose, onMade }: TokenDialogProps) {
  const [made, setMade] = useState<NewToken | null>(null);
  if (made !== null) return <MadeDialog made={made} onClose={onClose} />;
  return (
    <CreateDialog
      project={project}
      onClose={onClose}
      onMade={(token) => {
        setMade(token);
        onMade();
      }}
    />
  );
}

function CreateDialog({
  project,
  onClose,
  onMade,
}: Omit<TokenDialogProps, "onMade"> & { onMade: (t: NewToken) => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>(["errors:read"]);
  const [lifetime, setLifetime] = useState<Lifetime>("90");
  const form = useSubmission(FIELDS);

  async function create(): Promise<void> {
    if (!name.trim()) return form.fail({ name: "Give the token a name, such as who will use it." });
    if (scopes.length === 0) return form.fail({ scopes: "Choose at least one thing that it may do." });
    return form.submit(async () => {
      const expiry = lifetime === "" ? {} : { expires_in_days: Number(lifetime) };
      onMade(await api.post<NewToken>("/v1/tokens", { name: name.trim(), project_id: project.id, scopes, ...expiry }));
    });
  }

  return (
    <FormDialog
      title={`Create a token for ${project.name}`}
      verb="Create token"
      width="wide"
      form={form}
      onClose={onClose}
      onSubmit={create}
    >
      <Field
        label="Name"
        value={name}
        onInput={setName}
        error={form.errors.name}
        placeholder="CI, nightly report, coding agent…"
        maxLength={100}
        autocomplete="off"
        autoFocus
      />
      <fieldset aria-describedby="scopes-error">
        <legend>What it may do</legend>
        <div class="scopes">
          {SCOPES.map((scope) => (
            <Checkbox
              key={scope.name}
              label={<code>{scope.name}</code>}
              hint={scope.opens}
              checked={scopes.includes(scope.name)}
              onChange={(checked) =>
                setScopes(checked ? [...scopes, scope.name] : scopes.filter((known) => known !== scope.name))
              }
            />
          ))}
        </div>
        <p id="scopes-error" class="note bad" aria-live="polite">
          {form.errors.scopes}
        </p>
      </fieldset>
      <Select
        label="Ends after"
        options={LIFETIMES}
        value={lifetime}
        onChange={setLifetime}
        error={form.errors.lifetime}
        hint={lifetime === "" ? "Somebody has to remember to revoke it." : "It can be revoked at any time before."}
      />
    </FormDialog>
  );
}

function MadeDialog({ made, onClose }: { made: NewToken; onClose: () => void }) {
  return (
    <SecretDialog
      title={`The token ${made.name}`}
      value={made.token}
      label="Copy token"
      warning="Copy it now. The server keeps only a hash of it, so nobody can show it again."
      onClose={onClose}
    >
      It goes into the header <code>Authorization: Bearer …</code> of a request.
    </SecretDialog>
  );
}
