import { useEffect } from "preact/hooks";
import type { RouteProps } from "../../router";
import { go, href } from "../../router";
import { me, project } from "../../session";
import "../../styles/pages/settings.css";
import { findSection, ownSections } from "../../sections";
import { LinkButton } from "../../ui/Button";
import { Lazy, type Load } from "../../ui/Lazy";
import { Page } from "../../ui/Page";
import { Panel } from "../../ui/Panel";
import { EmptyState } from "../../ui/States";
import { TabLinks } from "../../ui/Tabs";

const PARTS: Record<string, Load<RouteProps>> = {
  projects: () => import("./ProjectsSection"),
  project: () => import("./ProjectSection"),
  tokens: () => import("./TokensSection"),
  alerts: () => import("./alerts/AlertsSection"),
  sourcemaps: () => import("./sourcemaps/SourceMapsSection"),
  grouping: () => import("./grouping/GroupingSection"),
  retention: () => import("./retention/RetentionSection"),
  users: () => import("./UsersSection"),
  invites: () => import("./InvitesSection"),
  audit: () => import("./AuditSection"),
  account: () => import("./AccountSection"),
};

/** Sections with pages of their own below them. */
const HAS_PAGES: ReadonlySet<string> = new Set(["projects", "alerts"]);

/** The settings: sections that the path chooses, below one row of links. */
export default function SettingsPage({ params }: RouteProps) {
  const chosen = params.section;
  const section = findSection(chosen ?? "");
  useEffect(() => {
    if (chosen === undefined) go(href("/settings/projects"), { replace: true });
  }, [chosen]);
  const links = ownSections().map(({ id, label }) => ({
    href: href(`/settings/${id}`),
    label,
    current: id === chosen,
  }));
  return (
    <Page
      title={section === null ? "Settings" : `${section.label} · Settings`}
      heading={<Heading label={section?.label} />}
    >
      <div class="settings-tabs">
        <TabLinks label="Settings" links={links} />
      </div>
      <div class="stack">{chosen !== undefined && <Chosen id={chosen} params={params} />}</div>
    </Page>
  );
}

/** The heading stays the same for the eye; whoever hears it learns which section has opened. */
function Heading({ label }: { label: string | undefined }) {
  return <>Settings{label !== undefined && <span class="unseen">: {label}</span>}</>;
}

function Chosen({ id, params }: { id: string } & RouteProps) {
  const section = findSection(id);
  const load = PARTS[id === "projects" && params.name ? "project" : id];
  if (section === null || load === undefined || (params.name && !HAS_PAGES.has(id))) {
    return (
      <Panel>
        <EmptyState icon="search" title="There is no such section">
          The address may be mistyped. The links above lead to all there are.
        </EmptyState>
      </Panel>
    );
  }
  if (section.forAdmins && !me.value?.is_admin) return <AdminsOnly what={section.label} />;
  // Whoever goes on to another project leaves what was not saved behind.
  return <Lazy key={project.value?.id} load={load} props={{ params }} />;
}

function AdminsOnly({ what }: { what: string }) {
  return (
    <Panel>
      <EmptyState
        icon="key"
        title="For administrators only"
        actions={<LinkButton href={href("/settings/account")}>Your passkeys and sessions</LinkButton>}
      >
        “{what}” opens for administrators of this server. Ask one of them if you need something changed.
      </EmptyState>
    </Panel>
  );
}
