/** The sections of the settings, in their order. */

import { me } from "./session";
import type { IconName } from "./ui/Icon";

export interface Section {
  /** Last part of its path. */
  id: string;
  label: string;
  icon: IconName;
  /** More words by which the palette finds it. */
  words: string;
  forAdmins?: boolean;
}

const SECTIONS: readonly Section[] = [
  { id: "projects", label: "Projects", icon: "folder", words: "key snippet sdk create rename rotate delete" },
  { id: "tokens", label: "Tokens", icon: "key", words: "api bearer scope ci" },
  { id: "alerts", label: "Alerts", icon: "bell", words: "rules channels slack webhook email notify delivery log" },
  { id: "sourcemaps", label: "Source maps", icon: "map", words: "upload release minified stack explain" },
  { id: "grouping", label: "Grouping", icon: "merge", words: "fingerprint rules preview version" },
  { id: "retention", label: "Data retention", icon: "database", words: "storage purge days budget", forAdmins: true },
  { id: "users", label: "Users", icon: "users", words: "people role admin", forAdmins: true },
  { id: "invites", label: "Invites", icon: "link", words: "people link", forAdmins: true },
  { id: "audit", label: "Audit log", icon: "clock", words: "history who when", forAdmins: true },
  { id: "account", label: "Passkeys and sessions", icon: "user", words: "account sign out security" },
];

/** Return the sections for whoever is signed in. */
export function ownSections(): readonly Section[] {
  return SECTIONS.filter((section) => !section.forAdmins || me.value?.is_admin);
}

/** Return the section of a path, also if it is not for whoever is signed in. */
export function findSection(id: string): Section | null {
  return SECTIONS.find((section) => section.id === id) ?? null;
}
