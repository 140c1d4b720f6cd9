/** The dashboard: whoever gets this page is signed in, or is sent away by the first answer. */

import { render } from "preact";
import { useEffect } from "preact/hooks";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { useLoaded } from "./api/useLoaded";
import { listenToKeys } from "./keys";
import { distrustKeptPages, takeNotice } from "./notice";
import { go, href, interceptLinks, path, query } from "./router";
import { Outlet, preload } from "./routes";
import { isAll, loadSession, project, usualProject, watchSession } from "./session";
import { theme } from "./shell/appearance";
import { Shell } from "./shell/Shell";
import { applyTheme } from "./theme";
import { LinkButton } from "./ui/Button";
import { Logo } from "./ui/Logo";
import { Page } from "./ui/Page";
import { EmptyState, ErrorState } from "./ui/States";
import { toast } from "./ui/Toast";

function App() {
  const session = useLoaded(async (signal) => {
    await loadSession(signal);
    return true;
  }, []);
  const isReady = session.data !== undefined;
  const at = path.value;
  const named = query.value.get("project");
  // Every address names its project, so that a copied link shows the same to everybody.
  useEffect(() => {
    // What belongs to one project has no page for all of them together.
    const fits = !isAll.value || isForAll(at);
    if (!isReady || (named && fits && at !== "/")) return;
    const wanted = fits && named ? named : usualProject()?.slug;
    go(href(at === "/" ? "/issues" : at, { ...Object.fromEntries(query.value), project: wanted }), { replace: true });
  }, [isReady, named, at]);

  if (!isReady && session.error !== undefined && !session.loading) {
    return (
      <main>
        <ErrorState error={session.error} retry={session.reload} />
      </main>
    );
  }
  if (!isReady) return <Frame />;
  const isThere = project.value !== null || at.startsWith("/settings") || (isAll.value && isForAll(at));
  return <Shell>{named && at !== "/" && (isThere ? <Outlet path={at} /> : <NoProject name={named} />)}</Shell>;
}

/** Whether a page can be about all projects together, or is there whatever the project. */
function isForAll(path: string): boolean {
  return path === "/" || /^\/(insights|issues|settings)(\/|$)/.test(path);
}

/** The page before anything is known, so that nothing jumps when it is. */
function Frame() {
  return (
    <div class="shell" aria-busy="true">
      <div class="side">
        <span class="brand">
          <Logo />
          <span>bloop</span>
        </span>
      </div>
    </div>
  );
}

function NoProject({ name }: { name: string }) {
  return (
    <Page title="No such project">
      <EmptyState
        icon="folder"
        title={`There is no project called ${name}`}
        actions={
          <LinkButton kind="primary" href={href("/settings/projects", { project: usualProject()?.slug })}>
            All projects
          </LinkButton>
        }
      >
        It may have been deleted, or the address is mistyped.
      </EmptyState>
    </Page>
  );
}

applyTheme((chosen) => {
  theme.value = chosen;
});
interceptLinks();
listenToKeys();
distrustKeptPages();
watchSession();
preload(path.value);
const notice = takeNotice();
if (notice) toast(notice);
const root = document.getElementById("app");
root?.replaceChildren();
if (root) render(<App />, root);
