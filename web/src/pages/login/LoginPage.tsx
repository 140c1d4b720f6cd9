import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { messageOf } from "../../api/client";
import { useLoaded } from "../../api/useLoaded";
import { passkeyRefusal, whyNoPasskeys } from "../../passkeys";
import "../../styles/pages/login.css";
import { Button } from "../../ui/Button";
import { Field, FormError } from "../../ui/Field";
import { Logo } from "../../ui/Logo";
import { ErrorState, Skeleton } from "../../ui/States";
import { acceptInvite, loadStatus, setUp, signIn, targetAfter } from "./ceremonies";

/** Sign-in; or the first run, or an invite, where an account is made. */
export function LoginPage({ invite }: { invite: string | null }) {
  const status = useLoaded(loadStatus, []);
  return (
    <main class="login">
      <div class="login-card">
        <Logo size={40} />
        {status.data === undefined ? (
          status.error !== undefined && !status.loading ? (
            <ErrorState error={status.error} retry={status.reload} />
          ) : (
            <Waiting />
          )
        ) : !status.data.setup_complete ? (
          <FirstRun needsToken={status.data.setup_token_required} />
        ) : invite !== null ? (
          <Invited invite={invite} />
        ) : (
          <SignIn />
        )}
      </div>
      <p class="login-foot quiet small">
        <a href="/docs">HTTP API</a>
      </p>
    </main>
  );
}

function SignIn() {
  const { busy, error, run } = useCeremony();
  return (
    <Ceremony
      title="Sign in to bloop"
      about="With the passkey of this device, your phone or your security key."
      error={error}
      onSubmit={() => run(signIn)}
    >
      <Button submit kind="primary" icon="key" busy={busy}>
        Sign in with a passkey
      </Button>
      <p class="quiet small">
        Lost your passkey? Ask an administrator for an invite, or run <code>bloop admin invite</code> on the server.
      </p>
    </Ceremony>
  );
}

function FirstRun({ needsToken }: { needsToken: boolean }) {
  const { busy, error, run } = useCeremony();
  const [name, setName] = useState("");
  const [token, setToken] = useState("");
  return (
    <Ceremony
      title="Welcome to bloop"
      about="Create the first account. It is the administrator's, and signs in with a passkey: there is no password."
      error={error}
      onSubmit={() => run(() => setUp(name.trim(), needsToken ? token.trim() : null))}
    >
      <Username value={name} onInput={setName} />
      {needsToken && (
        <Field
          label="Setup token"
          hint="The server's setting auth.setup_token."
          type="password"
          autocomplete="off"
          required
          code
          value={token}
          onInput={setToken}
        />
      )}
      <Button submit kind="primary" icon="key" busy={busy} disabled={!name.trim() || (needsToken && !token.trim())}>
        Create account and passkey
      </Button>
    </Ceremony>
  );
}

function Invited({ invite }: { invite: string }) {
  const { busy, error, run } = useCeremony();
  const [name, setName] = useState("");
  return (
    <Ceremony
      title="You are invited"
      about="Choose a name, and make a passkey on this device. There is no password to remember."
      error={error}
      onSubmit={() => run(() => acceptInvite(name.trim(), invite))}
    >
      <Username value={name} onInput={setName} />
      <Button submit kind="primary" icon="key" busy={busy} disabled={!name.trim()}>
        Create account and passkey
      </Button>
      <p class="quiet small">
        You have an account already? <a href="/auth/login">Sign in</a>
      </p>
    </Ceremony>
  );
}

function Username({ value, onInput }: { value: string; onInput: (value: string) => void }) {
  return (
    <Field label="Username" autocomplete="username" maxLength={64} required autoFocus value={value} onInput={onInput} />
  );
}

interface CeremonyProps {
  title: string;
  about: string;
  error: string | null;
  onSubmit: () => void;
  children: ComponentChildren;
}

function Ceremony({ title, about, error, onSubmit, children }: CeremonyProps) {
  return (
    <form
      class="login-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <div>
        <h1>{title}</h1>
        <p class="quiet">{about}</p>
      </div>
      {children}
      <FormError>{error ?? whyNoPasskeys()}</FormError>
    </form>
  );
}

function Waiting() {
  return (
    <div class="login-form" role="status" aria-label="Loading">
      <div>
        <Skeleton width="9rem" height="1.5rem" />
      </div>
      <Skeleton height="2.625rem" />
    </div>
  );
}

/** Run a ceremony and go on to where one wanted to be; what goes wrong comes back in words. */
function useCeremony() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  async function run(ceremony: () => Promise<void>): Promise<void> {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await ceremony();
      // The button goes on turning until the next page is there. Going back leads past this one: its use is over.
      location.replace(targetAfter(new URLSearchParams(location.search).get("next"), location.origin));
    } catch (thrown) {
      setError(passkeyRefusal(thrown) ?? messageOf(thrown));
      setBusy(false);
    }
  }
  return { busy, error, run };
}
