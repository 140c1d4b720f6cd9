import { api } from "../../../api/client";
import type { AlertDelivery } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import { href, query, setQuery } from "../../../router";
import { project } from "../../../session";
import { Badge } from "../../../ui/Badge";
import { Button, LinkButton } from "../../../ui/Button";
import { Select } from "../../../ui/Field";
import type { IconName } from "../../../ui/Icon";
import { Panel } from "../../../ui/Panel";
import { EmptyState } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { LogOf } from "../LogOf";
import { kindLabel } from "./channels";
import { attemptsWords, remedy, STATES } from "./deliveryWords";
import { About, LogFilters, namedRule } from "./LogFilters";
import { kindWords } from "./rules";

const PAGE = 50;

/** What became of each alert on its way to each channel, the newest first. */
export function Deliveries() {
  const of = project.value?.id ?? null;
  const rule = namedRule();
  const state = query.value.get("state") ?? "";
  const first = useLoaded(
    (signal) =>
      api.page<AlertDelivery>("/v1/alert-deliveries", {
        query: { project_id: of, rule_id: rule || null, state: state || null, limit: PAGE },
        signal,
      }),
    [of, rule, state],
  );
  return (
    <Panel
      title="Deliveries"
      about="Each alert on its way to each channel: a receiver that does not answer is tried again, four times in all."
      flush
    >
      <LogFilters rule={rule} busy={first.loading && first.data !== undefined} reload={first.reload}>
        <Select
          label="State"
          value={state}
          options={[{ value: "", label: "All" }, ...STATES]}
          onChange={(value) => setQuery({ state: value })}
        />
      </LogFilters>
      <LogOf label="Deliveries" from={first} nothing={<Nothing isFiltered={rule !== "" || state !== ""} />}>
        {(delivery) => <Delivery delivery={delivery} />}
      </LogOf>
    </Panel>
  );
}

const LOOKS: Record<string, { tone: "good" | "bad" | "warn" | "neutral"; icon: IconName }> = {
  sent: { tone: "good", icon: "check" },
  failed: { tone: "bad", icon: "alert" },
  pending: { tone: "warn", icon: "clock" },
  cancelled: { tone: "neutral", icon: "close" },
};

function Delivery({ delivery }: { delivery: AlertDelivery }) {
  const look = LOOKS[delivery.state] ?? { tone: "neutral" as const, icon: "dots" as const };
  const label = STATES.find((known) => known.value === delivery.state)?.label ?? delivery.state;
  const help = remedy(delivery.error);
  const from = delivery.channel_id === null ? " of the server's environment" : "";
  return (
    <>
      <div class="log-line">
        <p>
          <b>{kindWords(delivery.kind)}</b> to {kindLabel(delivery.channel_type)}
          <span class="quiet">{from}</span>
        </p>
        <Badge tone={look.tone} icon={look.icon}>
          {label}
        </Badge>
      </div>
      {delivery.error !== null && (
        <p class={delivery.state === "sent" ? "quiet" : "bad-words"}>
          <span>
            <bdi>{delivery.error}</bdi>
            {help !== null && <span class="quiet"> – {help}</span>}
          </span>
        </p>
      )}
      <p class="row quiet">
        <Time ms={delivery.fired_at} />
        <About
          projectId={delivery.project_id}
          ruleId={delivery.rule_id}
          ruleName={delivery.rule_name}
          fingerprint={delivery.fingerprint}
        />
        <span>{attemptsWords(delivery)}</span>
        {delivery.next_at !== null && (
          <span>
            next <Time ms={delivery.next_at} />
          </span>
        )}
      </p>
    </>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <EmptyState
        icon="bell"
        title="Nothing of that kind"
        actions={<Button onClick={() => setQuery({ rule: null, state: null })}>Show everything</Button>}
      >
        No such delivery, as far as the log goes back.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="bell"
      title="Nothing was sent yet"
      actions={<LinkButton href={href("/settings/alerts")}>See the rules</LinkButton>}
    >
      As soon as a rule fires, here stands what became of it in each of its channels. A test stands on the page of its
      rule alone.
    </EmptyState>
  );
}
