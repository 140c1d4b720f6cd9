/** Which alert rules are whose to change: those of a project its owner's, those for all projects the administrators'. */

import { api } from "../../../api/client";
import type { ProjectInfo } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import { me, projectLabel, projectOf } from "../../../session";
import { mayChange } from "../owners";

export interface Rights {
  /** False until it is known. */
  isKnown: boolean;
  /** Whether whoever is signed in may change the rules of a project; null stands for all projects. */
  may: (projectId: string | null) => boolean;
}

export function useRights(): Rights {
  const isAdmin = me.value?.is_admin === true;
  const owned = useLoaded(
    (signal) => (isAdmin ? Promise.resolve([]) : api.get<ProjectInfo[]>("/v1/projects", { signal })),
    [isAdmin],
  );
  return {
    isKnown: owned.data !== undefined,
    may: (projectId) => {
      if (isAdmin) return true;
      const found = owned.data?.find((known) => known.id === projectId);
      return found !== undefined && mayChange(found.created_by);
    },
  };
}

/** Return what to call the scope of a rule. */
export function scopeName(projectId: string | null): string {
  if (projectId === null) return "All projects";
  const found = projectOf(projectId);
  return found ? projectLabel(found) : "a deleted project";
}
