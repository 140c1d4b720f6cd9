import { api } from "../../../api/client";
import type { FiredAlert } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import { href, setQuery } from "../../../router";
import { project } from "../../../session";
import { Badge } from "../../../ui/Badge";
import { Button, LinkButton } from "../../../ui/Button";
import { Panel } from "../../../ui/Panel";
import { EmptyState } from "../../../ui/States";
import { Time } from "../../../ui/Time";
import { LogOf } from "../LogOf";
import { statesWords } from "./deliveryWords";
import { About, LogFilters, namedRule } from "./LogFilters";
import { kindWords } from "./rules";

const PAGE = 50;

/** What the rules have found, the newest first. */
export function Fired() {
  const of = project.value?.id ?? null;
  const rule = namedRule();
  const first = useLoaded(
    (signal) =>
      api.page<FiredAlert>("/v1/alert-log", { query: { project_id: of, rule_id: rule || null, limit: PAGE }, signal }),
    [of, rule],
  );
  return (
    <Panel title="What fired" about="Whatever a rule has found, whether or not it reached anybody." flush>
      <LogFilters rule={rule} busy={first.loading && first.data !== undefined} reload={first.reload} />
      <LogOf label="Alerts" from={first} nothing={<Nothing isFiltered={rule !== ""} />}>
        {(alert) => <Alert alert={alert} />}
      </LogOf>
    </Panel>
  );
}

function Alert({ alert }: { alert: FiredAlert }) {
  return (
    <>
      <div class="log-line">
        <p class="clipped">
          <bdi>{alert.message}</bdi>
        </p>
        <Badge>{kindWords(alert.kind)}</Badge>
      </div>
      <p class="row quiet">
        <Time ms={alert.fired_at} />
        <About
          projectId={alert.project_id}
          ruleId={alert.rule_id}
          ruleName={alert.rule_name}
          fingerprint={alert.fingerprint}
        />
        <a href={href("/settings/alerts/deliveries", { rule: String(alert.rule_id) })}>
          {statesWords(alert.deliveries)}
        </a>
      </p>
    </>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <EmptyState
        icon="bell"
        title="This rule has found nothing"
        actions={<Button onClick={() => setQuery({ rule: null })}>Show all rules</Button>}
      >
        As far as the log goes back. Its page shows what it would have fired in the last days.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="bell"
      title="All quiet"
      actions={<LinkButton href={href("/settings/alerts")}>See the rules</LinkButton>}
    >
      No rule has found anything, as far as the log goes back.
    </EmptyState>
  );
}
