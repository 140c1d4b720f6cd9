import { api } from "../../api/client";
import { useLoaded } from "../../api/useLoaded";
import { addressOf, type Filter, readFilter, USUAL } from "../../filter/filter";
import { formatChip, formatQuery, withValue } from "../../filter/query";
import { count } from "../../format";
import { href, type Parameters, setQuery } from "../../router";
import { Button, LinkButton } from "../../ui/Button";
import { EmptyState, ErrorState, SkeletonRows } from "../../ui/States";

/** A filter with something left out. */
interface Wider {
  /** What is left out, as it is typed. */
  without: string;
  /** Of the address that has the rest. */
  address: Parameters;
}

/** In place of a list without a row: there is nothing yet, or nothing that the filter finds, and what to do then. */
export function NoIssues({ slug, filter }: { slug: string | null; filter: Filter }) {
  const wider = widerThan(filter);
  const found = useLoaded(
    async (signal) => {
      const ask = async (parameters: Parameters) => {
        const query = { project_id: slug, ...parameters, group: "fingerprint", limit: 1 };
        const { rows, total } = await api.page<unknown>("/v1/errors", { query, signal });
        return { count: total?.count ?? rows.length, isCapped: total?.isCapped ?? false };
      };
      const read = (address: Parameters) => readFilter(new URLSearchParams(present(address))).parameters;
      const [all, ...each] = await Promise.all([ask({}), ...wider.map(({ address }) => ask(read(address)))]);
      return { all, each };
    },
    [slug, filter.parameters],
  );
  if (found.error !== undefined && !found.loading) return <ErrorState error={found.error} retry={found.reload} />;
  if (!found.data) return <SkeletonRows rows={3} height="3.25rem" />;
  const { all, each } = found.data;
  if (all?.count === 0) return <NothingYet />;
  if (formatQuery(filter.query) === USUAL && !filter.range) return <AllDone />;
  const helpful = wider.flatMap((one, index) => (each[index]?.count ? [{ ...one, found: each[index] }] : []));
  return (
    <EmptyState
      icon="search"
      title="No error matches"
      actions={
        <Button onClick={() => setQuery({ q: null, from: null, until: null }, { replace: false })}>
          Clear the filter
        </Button>
      }
    >
      {helpful.length === 0 ? (
        "Also without any single one of its conditions there would be none."
      ) : (
        <ul class="wider">
          {helpful.map(({ without, address, found: { count: number, isCapped } }) => (
            <li key={without}>
              <button type="button" class="wider-button" onClick={() => setQuery(address, { replace: false })}>
                Drop <bdi class="mono">{without}</bdi> for {isCapped ? "at least " : ""}
                {count(number, "error")}
              </button>
            </li>
          ))}
        </ul>
      )}
    </EmptyState>
  );
}

function NothingYet() {
  return (
    <EmptyState
      icon="pulse"
      title="No errors so far"
      actions={
        <LinkButton kind="primary" href={href("/welcome")}>
          Send the first event
        </LinkButton>
      }
    >
      Once an app sends what goes wrong in it, it is listed here, newest first.
    </EmptyState>
  );
}

function AllDone() {
  return (
    <EmptyState
      icon="check"
      title="Nothing is unresolved"
      actions={<Button onClick={() => setQuery({ q: "is:all" }, { replace: false })}>Show all errors</Button>}
    >
      What comes in next, or comes back, is listed here.
    </EmptyState>
  );
}

/** Return a filter's conditions, each left out of it. */
function widerThan({ query, range }: Filter): Wider[] {
  const chips = query.chips
    .filter((chip) => chip.key !== "is" || chip.value !== "all")
    .map((chip) => ({
      without: formatChip(chip),
      address: addressOf({ query: withValue(query, chip.key, null), range }),
    }));
  const words = query.words && { without: query.words, address: addressOf({ query: { ...query, words: "" }, range }) };
  const time = range && { without: "the time on the chart", address: addressOf({ query, range: null }) };
  return [...chips, ...(words ? [words] : []), ...(time ? [time] : [])];
}

function present(address: Parameters): Record<string, string> {
  return Object.fromEntries(Object.entries(address).filter((entry): entry is [string, string] => entry[1] != null));
}
