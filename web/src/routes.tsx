/** Which page stands at which path. Pages are chunks of their own, loaded when first gone to. */

import { match, type RouteProps } from "./router";
import { Lazy, type Load } from "./ui/Lazy";
import { Page } from "./ui/Page";
import { EmptyState } from "./ui/States";

interface Route {
  pattern: string;
  load: Load<RouteProps>;
}

const insights: Load<RouteProps> = () => import("./pages/insights/InsightsPage");
const settings: Load<RouteProps> = () => import("./pages/settings/SettingsPage");

const ROUTES: readonly Route[] = [
  { pattern: "/issues", load: () => import("./pages/issues/IssuesPage") },
  { pattern: "/issues/:fingerprint", load: () => import("./pages/issue/IssuePage") },
  { pattern: "/insights", load: insights },
  { pattern: "/insights/:tab", load: insights },
  { pattern: "/settings", load: settings },
  { pattern: "/settings/:section", load: settings },
  { pattern: "/settings/:section/:name", load: settings },
  { pattern: "/welcome", load: () => import("./pages/welcome/WelcomePage") },
];

/** Begin to load the page at a path, while what it needs is still on its way. What goes wrong shows when it is drawn. */
export function preload(path: string): void {
  const at = path === "/" ? "/issues" : path;
  ROUTES.find((route) => match(route.pattern, at) !== null)
    ?.load()
    .catch(() => {});
}

/** The page at a path of ours. */
export function Outlet({ path }: { path: string }) {
  for (const route of ROUTES) {
    const params = match(route.pattern, path);
    if (params !== null) return <Lazy key={path} load={route.load} props={{ params }} />;
  }
  return (
    <Page title="Not found">
      <EmptyState icon="search" title="There is no such page">
        The address may be mistyped. The navigation leads to every page there is.
      </EmptyState>
    </Page>
  );
}
