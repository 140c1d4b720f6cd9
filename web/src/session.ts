/** Who is signed in, the projects there are, and the one that the address names. */

import { computed, signal } from "@preact/signals";
import { api } from "./api/client";
import { query } from "./router";

export interface Me {
  id: string;
  username: string;
  is_admin: boolean;
}

export interface Project {
  id: string;
  name: string;
  slug: string;
}

export const me = signal<Me | null>(null);
export const projects = signal<readonly Project[]>([]);

const KEY = "bloop-project";

/** The project that the pages are about; null until the projects are known, or when there is none of that name. */
export const project = computed<Project | null>(() => {
  const named = query.value.get("project");
  return projects.value.find((known) => known.slug === named || known.id === named) ?? null;
});

/** Load who is signed in and the projects. */
export async function loadSession(signal?: AbortSignal): Promise<void> {
  const [user, all] = await Promise.all([api.get<Me>("/v1/me", { signal }), loadProjects(signal)]);
  me.value = user;
  projects.value = all;
}

/** Load the projects anew, after one was created, renamed or deleted. */
export async function reloadProjects(): Promise<void> {
  projects.value = await loadProjects();
}

/** Return the project to show when the address names none: the last one here, or the oldest. */
export function usualProject(): Project | null {
  let remembered: string | null = null;
  try {
    remembered = localStorage.getItem(KEY);
  } catch {
    // A browser that keeps nothing begins with the oldest.
  }
  return projects.value.find((known) => known.slug === remembered) ?? projects.value[0] ?? null;
}

/** Remember a project for the next visit. */
export function rememberProject(slug: string): void {
  try {
    localStorage.setItem(KEY, slug);
  } catch {
    // See usualProject.
  }
}

/** End the session and show the sign-in page. */
export async function signOut(): Promise<void> {
  await api.post("/auth/logout");
  location.assign("/auth/login");
}

function loadProjects(signal?: AbortSignal): Promise<Project[]> {
  return api.get<Project[]>("/v1/projects", { signal });
}
