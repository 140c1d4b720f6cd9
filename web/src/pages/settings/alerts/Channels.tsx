import { useRef, useState } from "preact/hooks";
import { api, messageOf } from "../../../api/client";
import type { AlertChannel, AlertRule, AlertTest } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import { href } from "../../../router";
import { Button, LinkButton } from "../../../ui/Button";
import { ConfirmDialog } from "../../../ui/Dialog";
import { Icon } from "../../../ui/Icon";
import { useKeptFocus } from "../../../ui/keptFocus";
import { Panel } from "../../../ui/Panel";
import { EmptyState, Loaded, SkeletonRows } from "../../../ui/States";
import { toast } from "../../../ui/Toast";
import { ChannelDialog } from "./ChannelDialog";
import { extrasOf, kindLabel, placeOf } from "./channels";
import { TestOutcome } from "./TestOutcome";

type Asked = { act: "add" } | { act: "change" | "remove"; channel: AlertChannel };

/** Where the alerts of a rule go, and whether they get there. */
export function Channels({ rule, isYours }: { rule: AlertRule; isYours: boolean }) {
  const channels = useLoaded(
    (signal) => api.get<AlertChannel[]>(`/v1/alerts/${rule.id}/channels`, { signal }),
    [rule.id],
  );
  const [asked, setAsked] = useState<Asked | null>(null);
  const [isTesting, setTesting] = useState(false);
  const [tested, setTested] = useState<AlertTest | string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  useKeptFocus(list);
  const close = () => setAsked(null);

  async function test(): Promise<void> {
    setTesting(true);
    setTested(null);
    try {
      setTested(await api.post<AlertTest>(`/v1/alerts/${rule.id}/test`));
    } catch (error) {
      setTested(messageOf(error));
    }
    setTesting(false);
  }

  async function remove(channel: AlertChannel): Promise<void> {
    await api.delete(`/v1/alerts/${rule.id}/channels/${channel.id}`);
    channels.change((now) => now.filter((known) => known.id !== channel.id));
    close();
    toast("The channel is removed.");
  }

  const add = () => setAsked({ act: "add" });
  return (
    <Panel
      title="Where its alerts go"
      about="Each channel gets every alert of the rule."
      actions={
        <>
          <LinkButton href={href("/settings/alerts/deliveries", { rule: String(rule.id) })}>Its deliveries</LinkButton>
          {isYours && (
            <Button busy={isTesting} onClick={test}>
              Send a test
            </Button>
          )}
          {isYours && (
            <Button icon="plus" onClick={add}>
              Add channel
            </Button>
          )}
        </>
      }
      flush
    >
      <Loaded from={channels} skeleton={<SkeletonRows rows={2} height="4rem" />}>
        {(rows) =>
          rows.length === 0 ? (
            <NoChannels add={isYours ? add : null} />
          ) : (
            <ul ref={list} class="acts" aria-label="Channels">
              {rows.map((channel) => (
                <Channel key={channel.id} channel={channel} ask={isYours ? setAsked : null} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <div role="status">
        {tested !== null && <TestOutcome tested={tested} channels={channels.data ?? []} isOn={rule.enabled} />}
      </div>
      {asked !== null && asked.act !== "remove" && (
        <ChannelDialog
          rule={rule}
          channel={asked.act === "change" ? asked.channel : null}
          onClose={close}
          onSaved={(saved) => {
            close();
            setTested(null);
            channels.change((now) =>
              now.some((known) => known.id === saved.id)
                ? now.map((known) => (known.id === saved.id ? saved : known))
                : [...now, saved],
            );
            toast(`${kindLabel(saved.channel_type)} gets the alerts of ${rule.name}. Try it with a test.`);
          }}
        />
      )}
      {asked?.act === "remove" && (
        <ConfirmDialog
          title={`Remove this channel (${kindLabel(asked.channel.channel_type)})?`}
          confirm="Remove channel"
          onConfirm={() => remove(asked.channel)}
          onClose={close}
        >
          What it was still to be sent is cancelled. Its secret is not kept: to have it again you need it at hand.
        </ConfirmDialog>
      )}
    </Panel>
  );
}

function Channel({ channel, ask }: { channel: AlertChannel; ask: ((asked: Asked) => void) | null }) {
  const extras = extrasOf(channel);
  const name = `${kindLabel(channel.channel_type)} ${placeOf(channel)}`;
  return (
    <li>
      <div class="lines">
        <span>
          <b>{kindLabel(channel.channel_type)}</b>
          {extras.length > 0 && <span class="quiet"> · {extras.join(", ")}</span>}
        </span>
        <code class="quiet">{placeOf(channel)}</code>
        {channel.problem !== null && (
          <span class="bad-words">
            <Icon name="alert" size={14} />
            Nothing is sent there: {channel.problem}
          </span>
        )}
      </div>
      {ask !== null && (
        <span class="row">
          <Button size="small" label={`Change ${name}`} title="Change" onClick={() => ask({ act: "change", channel })}>
            Change…
          </Button>
          <Button size="small" label={`Remove ${name}`} title="Remove" onClick={() => ask({ act: "remove", channel })}>
            Remove…
          </Button>
        </span>
      )}
    </li>
  );
}

/** A rule without channels has those that the server's environment names. */
function NoChannels({ add }: { add: (() => void) | null }) {
  return (
    <EmptyState
      icon="bell"
      title="It has no channel of its own"
      actions={
        add && (
          <Button icon="plus" onClick={add}>
            Add channel
          </Button>
        )
      }
    >
      Its alerts go to what the server's environment names: <code>BLOOP_SLACK_WEBHOOK_URL</code> and{" "}
      <code>BLOOP_WEBHOOK_URL</code>. Where neither is set, they can be read here alone. A test shows which it is.
    </EmptyState>
  );
}
