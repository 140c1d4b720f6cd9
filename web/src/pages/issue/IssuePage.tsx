import { useMemo } from "preact/hooks";
import { Problem } from "../../api/client";
import { listHref } from "../../lists";
import type { RouteProps } from "../../router";
import { href } from "../../router";
import { ALL, project, projects } from "../../session";
import "../../styles/pages/issue.css";
import type { IssueKey } from "../../triage/issue";
import { LinkButton } from "../../ui/Button";
import { Lazy } from "../../ui/Lazy";
import { Page } from "../../ui/Page";
import { ErrorState, OldData } from "../../ui/States";
import { CopyMenu } from "./CopyMenu";
import { IssueHead } from "./IssueHead";
import { IssueParts } from "./IssueParts";
import { IssueWalk, rowOf } from "./IssueWalk";
import { NoIssue } from "./NoIssue";
import { type LoadedIssue, useIssue } from "./useIssue";

const loadWhich = () => import("./WhichProject");

const LIST = "Errors";
/** Of the message, in the title of the tab. */
const MAX_TITLE_CHARS = 80;

/** One error: what went wrong, where, how often and to whom, and what can be done with it. */
export default function IssuePage({ params }: RouteProps) {
  const fingerprint = params.fingerprint ?? "";
  const own = project.value;
  if (own) return <OneIssue key={own.id} issue={{ project_id: own.id, fingerprint }} />;
  return (
    <Page title="Error" back={{ href: listHref(), label: LIST }}>
      <Lazy load={loadWhich} props={{ fingerprint }} />
    </Page>
  );
}

function OneIssue({ issue }: { issue: IssueKey }) {
  const row = useMemo(() => rowOf(issue), [issue.project_id, issue.fingerprint]);
  const loaded = useIssue(issue, row);
  const { now, data: detail } = loaded;
  const isMissing = loaded.error instanceof Problem && loaded.error.status === 404;
  const known = detail?.issue ?? issue;
  return (
    <Page
      title={now ? `${now.error_type}: ${now.message.slice(0, MAX_TITLE_CHARS)}` : "Error"}
      heading={<bdi>{now?.error_type ?? "Error"}</bdi>}
      back={{ href: listHref(), label: LIST }}
      actions={
        <>
          <IssueWalk issue={known} />
          {now && !isMissing && <CopyMenu issue={known} />}
        </>
      }
    >
      {isMissing && !loaded.loading ? (
        <NoIssue actions={<Elsewhere fingerprint={issue.fingerprint} />} />
      ) : (
        <Content asked={issue} loaded={loaded} />
      )}
    </Page>
  );
}

function Content({ asked, loaded }: { asked: IssueKey; loaded: LoadedIssue }) {
  const { now, data: detail, error } = loaded;
  if (!detail && error !== undefined && !loaded.loading) return <ErrorState error={error} retry={loaded.reload} />;
  return (
    <>
      {detail && error !== undefined && <OldData error={error} busy={loaded.loading} retry={loaded.reload} />}
      {detail && detail.issue.fingerprint !== asked.fingerprint && (
        <p class="issue-note">
          <bdi class="mono">{asked.fingerprint}</bdi> belongs to this error.
        </p>
      )}
      <IssueHead now={now} detail={detail} />
      <IssueParts now={now} loaded={loaded} />
    </>
  );
}

/** Ways on, where a project does not have an issue. */
function Elsewhere({ fingerprint }: { fingerprint: string }) {
  return (
    <>
      <LinkButton kind="primary" href={listHref()}>
        Back to the list
      </LinkButton>
      {projects.value.length > 1 && (
        <LinkButton href={href(`/issues/${encodeURIComponent(fingerprint)}`, { project: ALL })}>
          Look in all projects
        </LinkButton>
      )}
    </>
  );
}
