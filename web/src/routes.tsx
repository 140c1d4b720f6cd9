/** Which page stands at which path. Pages are chunks of their own, loaded when first gone to. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { match } from "./router";
import { Page } from "./ui/Page";
import { EmptyState, ErrorState, SkeletonRows } from "./ui/States";

export interface PageProps {
  /** What stands at the `:names` of the page's path. */
  params: Record<string, string>;
}

export interface Route {
  pattern: string;
  load: () => Promise<{ default: ComponentType<PageProps> }>;
}

const ROUTES: readonly Route[] = [
  { pattern: "/issues", load: () => import("./pages/issues/IssuesPage") },
  { pattern: "/issues/:fingerprint", load: () => import("./pages/issues/IssuePage") },
  { pattern: "/settings", load: () => import("./pages/settings/SettingsPage") },
  { pattern: "/settings/:section", load: () => import("./pages/settings/SettingsPage") },
  { pattern: "/settings/:section/:name", load: () => import("./pages/settings/SettingsPage") },
  { pattern: "/welcome", load: () => import("./pages/welcome/WelcomePage") },
];

const known = new Map<Route, ComponentType<PageProps>>();

/** The page at a path of ours. */
export function Outlet({ path }: { path: string }) {
  for (const route of ROUTES) {
    const params = match(route.pattern, path);
    if (params !== null) return <Lazy key={path} route={route} params={params} />;
  }
  return (
    <Page title="Not found">
      <EmptyState icon="search" title="There is no such page">
        The address may be mistyped. The navigation leads to every page there is.
      </EmptyState>
    </Page>
  );
}

/** A page or a part of one that is loaded when it is first drawn. */
export function Lazy({ route, params }: { route: Route } & PageProps) {
  const [, setTurn] = useState(0);
  const [error, setError] = useState<unknown>();
  const isKnown = known.has(route);
  useEffect(() => {
    if (isKnown) return;
    route.load().then((loaded) => {
      known.set(route, loaded.default);
      setTurn((turn) => turn + 1);
    }, setError);
  }, [route, isKnown]);

  const Found = known.get(route);
  if (Found) return <Found params={params} />;
  if (error === undefined) return <SkeletonRows rows={8} />;
  const reason = "A part of the dashboard did not come. The server may have been updated since this page was opened.";
  return <ErrorState error={new Error(reason)} retry={() => location.reload()} />;
}
