/** Who has uploaded a map: a user, or a token by its name. */

import { api } from "../../../api/client";
import type { TokenInfo } from "../../../api/types";
import { useLoaded } from "../../../api/useLoaded";
import type { Project } from "../../../session";
import { useOwners } from "../owners";

/** Return a function that names whoever uploaded something by the id that the API gives. */
export function useUploaders(project: Project): (by: string | null) => string {
  const owner = useOwners();
  const tokens = useLoaded(
    (signal) => api.get<TokenInfo[]>("/v1/tokens", { query: { project_id: project.id }, signal }),
    [project.id],
  );
  return (by) => {
    if (by === null) return "nobody who is still here";
    if (!by.startsWith("token:")) return owner(by);
    const token = tokens.data?.find((known) => known.id === by.slice("token:".length));
    return token === undefined ? "a token" : `token ${token.name}`;
  };
}
