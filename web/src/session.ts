/** Who is signed in, the projects there are, and the one that the address names. */

import { computed, signal } from "@preact/signals";
import { api } from "./api/client";
import type { Me, ProjectInfo } from "./api/types";
import { reloadSaying } from "./notice";
import { remember, remembered } from "./remembered";
import { query } from "./router";

export type Project = Pick<ProjectInfo, "id" | "name" | "slug">;

export const me = signal<Pick<Me, "id" | "username" | "is_admin"> | null>(null);
export const projects = signal<readonly Project[]>([]);

const KEY = "bloop-project";

/** The project that the pages are about; null until the projects are known, or when there is none of that name. */
export const project = computed<Project | null>(() => {
  const named = query.value.get("project");
  return projects.value.find((known) => known.slug === named || known.id === named) ?? null;
});

/** Stands in the address in place of a project. */
export const ALL = "*";

/** Whether the pages are about all projects together; `project` is null then. */
export const isAll = computed(() => query.value.get("project") === ALL);

/** Return the project of this id, such as a row of a list of all projects has it. */
export function projectOf(id: string): Project | null {
  return projects.value.find((known) => known.id === id) ?? null;
}

/** Load who is signed in and the projects. */
export async function loadSession(signal?: AbortSignal): Promise<void> {
  const [user] = await Promise.all([api.get<Me>("/v1/me", { signal }), reloadProjects(signal)]);
  me.value = user;
}

let turn = 0;

/** Load the projects anew, after one was created, renamed or deleted. */
export async function reloadProjects(signal?: AbortSignal): Promise<void> {
  turn += 1;
  const mine = turn;
  const all = await api.get<ProjectInfo[]>("/v1/projects", { signal });
  // An older answer may come after a newer one.
  if (mine === turn) projects.value = all;
}

/** Return what to call a project where it stands among others: those of the same name are told apart by their slugs. */
export function projectLabel(known: Project): string {
  const isAlone = projects.value.every((other) => other.id === known.id || other.name !== known.name);
  return isAlone ? known.name : `${known.name} (${known.slug})`;
}

/**
 * Whenever somebody comes back to this tab, look who is signed in and which projects there are; called once.
 *
 * In another tab they may have signed out, or somebody else in: what is done here would be done in that name.
 */
export function watchSession(): void {
  let isLooking = false;
  async function look(): Promise<void> {
    const before = me.value;
    if (isLooking || document.hidden || before === null) return;
    isLooking = true;
    // Without an answer nothing is known, and the next request will say so.
    await loadSession().catch(() => {});
    isLooking = false;
    const now = me.value;
    if (now && now.id !== before.id && !reloadSaying(`You are signed in as ${now.username} now.`)) location.reload();
  }
  addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
}

/** Return the project to show when the address names none: the last one here, or the oldest. */
export function usualProject(): Project | null {
  const last = remembered(KEY);
  return projects.value.find((known) => known.slug === last) ?? projects.value[0] ?? null;
}

/** Remember a project for the next visit. */
export function rememberProject(slug: string): void {
  remember(KEY, slug);
}

/** End the session and show the sign-in page. */
export async function signOut(): Promise<never> {
  await api.post("/auth/logout");
  return leave();
}

/** Show the sign-in page; what waits for this goes on waiting until that page is there. */
export function leave(): Promise<never> {
  location.assign("/auth/login");
  return new Promise(() => {});
}
