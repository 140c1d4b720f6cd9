/** The dashboard: whoever gets this page is signed in, or is sent away by the first answer. */

import { render } from "preact";
import { useEffect } from "preact/hooks";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { useLoaded } from "./api/useLoaded";
import { listenToKeys } from "./keys";
import { go, href, interceptLinks, path, query } from "./router";
import { Outlet } from "./routes";
import { loadSession, usualProject } from "./session";
import { theme } from "./shell/appearance";
import { Shell } from "./shell/Shell";
import { applyTheme } from "./theme";
import { ErrorState } from "./ui/States";

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
    if (!isReady || (named && at !== "/")) return;
    const wanted = named ?? usualProject()?.slug;
    go(href(at === "/" ? "/issues" : at, { ...Object.fromEntries(query.value), project: wanted }), { replace: true });
  }, [isReady, named, at]);

  if (session.error !== undefined && !isReady) return <ErrorState error={session.error} retry={session.reload} />;
  if (!isReady) return null;
  return <Shell>{at !== "/" && <Outlet path={at} />}</Shell>;
}

applyTheme((chosen) => {
  theme.value = chosen;
});
interceptLinks();
listenToKeys();
const root = document.getElementById("app");
if (root) render(<App />, root);
