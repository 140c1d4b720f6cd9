import type { RouteProps } from "../../../router";
import { href } from "../../../router";
import "../../../styles/pages/alerts.css";
import { Icon } from "../../../ui/Icon";
import { Panel } from "../../../ui/Panel";
import { EmptyState } from "../../../ui/States";
import { TabLinks } from "../../../ui/Tabs";
import { Deliveries } from "./Deliveries";
import { Fired } from "./Fired";
import { RuleList } from "./RuleList";
import { NewRulePage, RulePage } from "./RulePage";

/** Alerts: rules, what they have found, and what became of it; below them a page for each rule. */
export default function AlertsSection({ params }: RouteProps) {
  const at = params.name;
  if (at === undefined || at === "fired" || at === "deliveries") return <Lists at={at} />;
  return (
    <>
      <p>
        <a class="crumb" href={href("/settings/alerts")}>
          <Icon name="back" size={14} />
          All rules
        </a>
      </p>
      <One at={at} />
    </>
  );
}

function Lists({ at }: { at: "fired" | "deliveries" | undefined }) {
  const links = [
    { href: href("/settings/alerts"), label: "Rules", current: at === undefined },
    { href: href("/settings/alerts/fired"), label: "What fired", current: at === "fired" },
    { href: href("/settings/alerts/deliveries"), label: "Deliveries", current: at === "deliveries" },
  ];
  return (
    <>
      <TabLinks label="Alerts" links={links} />
      {at === undefined && <RuleList />}
      {at === "fired" && <Fired />}
      {at === "deliveries" && <Deliveries />}
    </>
  );
}

function One({ at }: { at: string }) {
  if (at === "new") return <NewRulePage />;
  if (/^\d{1,15}$/.test(at)) return <RulePage key={at} id={Number(at)} />;
  return (
    <Panel>
      <EmptyState icon="search" title="There is no such rule">
        The address may be mistyped: rules have numbers.
      </EmptyState>
    </Panel>
  );
}
