import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useCommands } from "../commands";
import { useShortcuts } from "../keys";
import { go, href, path } from "../router";
import { ownSections } from "../sections";
import { me, projectLabel, projects, rememberProject, signOut } from "../session";
import "../styles/shell.css";
import { THEMES } from "../theme";
import { CommandPalette } from "../ui/CommandPalette";
import { Icon, type IconName } from "../ui/Icon";
import { Keys } from "../ui/Keys";
import { Lazy, type Load } from "../ui/Lazy";
import { Logo } from "../ui/Logo";
import { Toasts, toastError } from "../ui/Toast";
import { setTheme } from "./appearance";
import { hasInsights, probeInsights } from "./insightsThere";
import { ProjectSwitcher } from "./ProjectSwitcher";
import { ServerHealth } from "./ServerHealth";
import { ShortcutSheet } from "./ShortcutSheet";
import { isTouring, startTour } from "./tourState";
import { UserMenu } from "./UserMenu";

const loadTour: Load<object> = () => import("./Tour");

interface Place {
  to: string;
  label: string;
  icon: IconName;
  keys: string;
}

/** What the navigation leads to, in its order. */
const PLACES: readonly Place[] = [
  { to: "/issues", label: "Errors", icon: "issues", keys: "g e" },
  { to: "/insights", label: "Insights", icon: "pulse", keys: "g n" },
  { to: "/settings", label: "Settings", icon: "gear", keys: "g s" },
];

/** Return those that this server has. */
function placesHere(): readonly Place[] {
  return PLACES.filter((place) => place.to !== "/insights" || hasInsights.value);
}

/** The frame of every page: navigation, project, palette, shortcuts, and who is signed in. */
export function Shell({ children }: { children: ComponentChildren }) {
  const [open, setOpen] = useState<"palette" | "sheet" | null>(null);
  const close = () => setOpen(null);
  const places = placesHere();
  useEffect(() => {
    const ended = new AbortController();
    void probeInsights(ended.signal);
    return () => ended.abort();
  }, []);

  useShortcuts([
    ...places.map((place) => ({
      keys: place.keys,
      label: place.label,
      group: "Go to",
      run: () => go(href(place.to)),
    })),
    { keys: "mod+k", label: "Command palette", group: "Anywhere", run: () => setOpen("palette") },
    { keys: "?", label: "This list", group: "Anywhere", run: () => setOpen("sheet") },
  ]);
  useCommands([
    ...places.map((place) => ({ ...place, group: "Go to", run: () => go(href(place.to)) })),
    ...ownSections().map((section) => ({
      ...section,
      label: `Settings: ${section.label}`,
      group: "Go to",
      run: () => go(href(`/settings/${section.id}`)),
    })),
    ...projects.value.map((known) => ({
      label: projectLabel(known),
      words: known.slug,
      group: "Project",
      icon: "folder" as const,
      run: () => {
        rememberProject(known.slug);
        go(href("/issues", { project: known.slug }));
      },
    })),
    ...THEMES.map((theme) => ({
      label: `Theme: ${theme}`,
      words: "appearance dark light colour",
      group: "Appearance",
      icon: "moon" as const,
      run: () => setTheme(theme),
    })),
    {
      label: "Keyboard shortcuts",
      group: "Help",
      icon: "keyboard",
      keys: "?",
      run: () => setOpen("sheet"),
    },
    {
      label: "Tour",
      words: "help hints first steps",
      group: "Help",
      icon: "doc",
      run: () => {
        go(href("/issues"));
        startTour();
      },
    },
    {
      label: "HTTP API",
      words: "documentation reference",
      group: "Help",
      icon: "doc",
      run: () => location.assign("/docs"),
    },
    {
      label: "Sign out",
      words: "log out leave",
      group: me.value?.username ?? "",
      icon: "out",
      run: () => void signOut().catch(toastError),
    },
  ]);

  return (
    <div class="shell">
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="side">
        <a class="brand" href={href("/issues")} aria-label="bloop, to the errors">
          <Logo />
          <span>bloop</span>
        </a>
        <ProjectSwitcher />
        <button type="button" class="search-button" onClick={() => setOpen("palette")}>
          <Icon name="search" />
          <span>Search</span>
          <Keys keys="mod+k" />
        </button>
        <Navigation />
        <ServerHealth />
        <UserMenu openSheet={() => setOpen("sheet")} />
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      {open === "palette" && <CommandPalette onClose={close} />}
      {open === "sheet" && <ShortcutSheet onClose={close} />}
      {isTouring.value && path.value === "/issues" && <Lazy load={loadTour} props={{}} skeleton={null} />}
      <Toasts />
    </div>
  );
}

function Navigation() {
  return (
    <nav class="places" aria-label="Pages">
      {placesHere().map((place) => {
        const isHere = path.value === place.to || path.value.startsWith(`${place.to}/`);
        return (
          <a key={place.to} href={href(place.to)} aria-current={isHere ? "page" : undefined}>
            <Icon name={place.icon} />
            <span>{place.label}</span>
          </a>
        );
      })}
    </nav>
  );
}
