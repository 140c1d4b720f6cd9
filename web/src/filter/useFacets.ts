import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api/client";
import type { Assignee, Facets } from "../api/types";
import { useLoaded } from "../api/useLoaded";
import { useLive } from "../live";
import { useChanges } from "../triage/acts";
import { useThrottled } from "../useThrottled";
import type { Key } from "./query";
import { facetOf, type Known } from "./suggestions";

/** Of each facet, so many values are known at once; whoever types more of a value is told of the others. */
const AT_ONCE = 50;
const PAUSE_MS = 120;
const LEAST_MS = 1_500;

/** The values of a project's filter. */
export interface FacetsKnown {
  projectId: string | null;
  /** Those with the most events. */
  first: Facets | undefined;
}

/** Load the values that a project's filter can have, and how many errors there are of each status. */
export function useFacets(projectId: string | null): FacetsKnown {
  const facets = useLoaded(
    (signal) => api.get<Facets>("/v1/facets", { query: { project_id: projectId, limit: AT_ONCE }, signal }),
    [projectId],
  );
  useCountsKeptCurrent(facets.reload);
  return { projectId, first: facets.data };
}

/** Return what there is to offer for a key that is being set, loading more where not all is known yet. */
export function useKnown({ projectId, first }: FacetsKnown, being: { key: Key; begun: string } | null): Known {
  const people = usePeople(being?.key === "assignee");
  const more = useMore(projectId, first, being);
  return { facets: more ?? first, people };
}

/** How many errors have which status changes with what happens to them. */
function useCountsKeptCurrent(reload: () => void): void {
  const soon = useThrottled(reload, LEAST_MS);
  useLive({ new: soon, regressed: soon, status: soon, reset: soon });
  // Of all projects together no feed tells, nor while it is lost.
  useChanges(soon);
}

/** Names of all users, once somebody asks for them. */
function usePeople(isWanted: boolean): readonly string[] {
  const [people, setPeople] = useState<readonly string[]>([]);
  const isAsked = useRef(false);
  useEffect(() => {
    if (!isWanted || isAsked.current) return;
    isAsked.current = true;
    api.get<Assignee[]>("/v1/assignees").then(
      (all) => setPeople(all.map((one) => one.username)),
      () => {
        isAsked.current = false; // without their names, `me` and `none` are offered all the same
      },
    );
  }, [isWanted]);
  return people;
}

/** Facets by what their values begin with, where not all values are known already. */
function useMore(
  id: string | null,
  first: Facets | undefined,
  being: { key: Key; begun: string } | null,
): Facets | undefined {
  const [found, setFound] = useState<{ of: string; facets: Facets } | null>(null);
  const kept = useRef(new Map<string, Facets>());
  const facet = being && facetOf(being.key);
  const isWanted = Boolean(facet && being?.begun && (first?.[facet].length ?? 0) >= AT_ONCE);
  const prefix = isWanted ? (being?.begun ?? "") : "";
  const key = JSON.stringify([id, prefix]);
  useEffect(() => {
    if (!prefix) return;
    const known = kept.current.get(key);
    if (known) {
      setFound({ of: key, facets: known });
      return;
    }
    const controller = new AbortController();
    const timer = setTimeout(() => {
      api.get<Facets>("/v1/facets", { query: { project_id: id, prefix }, signal: controller.signal }).then(
        (facets) => {
          kept.current.set(key, facets);
          setFound({ of: key, facets });
        },
        () => {}, // what is known already is offered
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [key]);
  return found?.of === key && prefix ? found.facets : undefined;
}
