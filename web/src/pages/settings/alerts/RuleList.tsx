import { api } from "../../../api/client";
import type { AlertRule, FiredAlert } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import { href } from "../../../router";
import { project } from "../../../session";
import { Badge } from "../../../ui/Badge";
import { LinkButton } from "../../../ui/Button";
import { Icon } from "../../../ui/Icon";
import { Panel } from "../../../ui/Panel";
import { EmptyState, Loaded, SkeletonRows } from "../../../ui/States";
import { Table } from "../../../ui/Table";
import { Time } from "../../../ui/Time";
import { Switch } from "../fields";
import { enableRule } from "./enabling";
import { type Rights, scopeName, useRights } from "./rights";
import { describe, filtersOf } from "./rules";

/** How many of the newest alerts are looked through for when each rule fired last. */
const LOOKED_THROUGH = 200;

/** The rules that watch the project of the address, or all rules when it names all projects. */
export function RuleList() {
  const of = project.value?.id ?? null;
  const rules = useLoaded((signal) => api.get<AlertRule[]>("/v1/alerts", { query: { project_id: of }, signal }), [of]);
  const rights = useRights();
  const mayMake = rights.may(of);
  const make = (
    <LinkButton kind="primary" icon="plus" href={href("/settings/alerts/new")}>
      Create rule
    </LinkButton>
  );

  function enable({ id }: AlertRule, wanted: boolean): void {
    void enableRule(id, wanted, (enabled) =>
      rules.change((now) => now.map((known) => (known.id === id ? { ...known, enabled } : known))),
    );
  }

  return (
    <Panel
      title="Rules"
      about={
        project.value === null
          ? "What people want to hear of, in all projects."
          : `What people want to hear of in ${project.value.name}: its own rules, and those for all projects.`
      }
      actions={mayMake && make}
      flush
    >
      <Loaded from={rules} skeleton={<SkeletonRows rows={4} height="4rem" />}>
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon="bell" title="Nobody is told of anything yet" actions={mayMake && make}>
              {mayMake
                ? "A rule says what is worth an alert: a new error, too many events, one that is back. Its channels say where the alert goes."
                : "The owner of a project makes its rules, and administrators those for all projects."}
            </EmptyState>
          ) : (
            <Rules rows={rows} rights={rights} enable={enable} of={of} />
          )
        }
      </Loaded>
    </Panel>
  );
}

interface RulesProps {
  rows: readonly AlertRule[];
  rights: Rights;
  enable: (rule: AlertRule, enabled: boolean) => void;
  of: string | null;
}

function Rules({ rows, rights, enable, of }: RulesProps) {
  const fired = useLoaded(
    (signal) => api.page<FiredAlert>("/v1/alert-log", { query: { project_id: of, limit: LOOKED_THROUGH }, signal }),
    [of],
  );
  return (
    <Table
      caption="Rules"
      rows={rows}
      rowKey={(rule) => String(rule.id)}
      columns={[
        {
          title: "Rule",
          heading: true,
          cell: (rule) => (
            <span class="lines">
              <a href={href(`/settings/alerts/${rule.id}`)}>
                <bdi>{rule.name}</bdi>
              </a>
              <span class="quiet">{describe(rule)}</span>
              {rule.problem !== null && (
                <span class="bad-words">
                  <Icon name="alert" size={14} />
                  Not judged: {rule.problem}
                </span>
              )}
            </span>
          ),
        },
        {
          title: "Only",
          cell: (rule) => (
            <span class="tags">
              {filtersOf(rule).map(({ name, value }) => (
                <Badge key={name}>
                  <span class="clipped-badge">
                    {name} <bdi>{value}</bdi>
                  </span>
                </Badge>
              ))}
              {filtersOf(rule).length === 0 && <span class="quiet">–</span>}
            </span>
          ),
        },
        {
          title: "Watches",
          cell: (rule) => (
            <Badge tone={rule.project_id === null ? "accent" : "neutral"}>
              <span class="clipped-badge">{scopeName(rule.project_id)}</span>
            </Badge>
          ),
        },
        {
          title: "Fired last",
          cell: (rule) => {
            const last = fired.data?.rows.find((alert) => alert.rule_id === rule.id);
            if (last) return <Time ms={last.fired_at} />;
            if (fired.data === undefined) return <span class="quiet">…</span>;
            return <span class="quiet">{fired.data.next === null ? "not yet" : "not lately"}</span>;
          },
        },
        {
          title: "On",
          number: true,
          corner: true,
          hideTitle: true,
          cell: (rule) => (
            <Switch
              label={`${rule.name} is judged`}
              checked={rule.enabled}
              disabled={!rights.may(rule.project_id)}
              onChange={(enabled) => enable(rule, enabled)}
            />
          ),
        },
      ]}
    />
  );
}
