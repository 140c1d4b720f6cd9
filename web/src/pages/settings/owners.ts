/** Who has made something: users are known by their ids, and their names to administrators alone. */

import { api } from "../../api/client";
import type { UserInfo } from "../../api/types";
import { useLoaded } from "../../api/useLoaded";
import { me } from "../../session";

/** Return a function that names a user by id: "you", a username, or words where there is none. */
export function useOwners(): (id: string | null) => string {
  const isAdmin = me.value?.is_admin === true;
  const users = useLoaded(
    (signal) => (isAdmin ? api.get<UserInfo[]>("/v1/admin/users", { signal }) : Promise.resolve([])),
    [isAdmin],
  );
  return (id) => ownerName(id, users.data ?? []);
}

function ownerName(id: string | null, users: readonly UserInfo[]): string {
  if (id === null) return "administrators";
  if (id === me.value?.id) return "you";
  return users.find((user) => user.id === id)?.username ?? "another user";
}

/** Whether whoever is signed in may change what the user of this id has made. */
export function mayChange(createdBy: string | null): boolean {
  return me.value !== null && (me.value.is_admin || createdBy === me.value.id);
}
