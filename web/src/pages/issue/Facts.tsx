import type { ComponentChildren } from "preact";
import { exactTime } from "../../format";
import { Button } from "../../ui/Button";
import { Time } from "../../ui/Time";
import { CopyIcon } from "./CopyIcon";
import type { Shown } from "./occurrence";

/** When, where and in what an occurrence happened, in a line. */
export function FactLine({ event }: { event: Shown }) {
  const facts: [label: string, value: ComponentChildren][] = [
    ["Release", event.release],
    ["Environment", event.environment],
    ["Source", event.source],
    ["Route", event.route_or_procedure],
    ["HTTP status", event.http_status],
  ];
  return (
    <dl class="fact-line">
      <div>
        <dt>Arrived</dt>
        <dd>
          <Time ms={event.at} /> <span class="quiet small">{shortTime(event.at)}</span>
        </dd>
      </div>
      {facts.map(
        ([label, value]) =>
          value != null &&
          value !== "" && (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>
          ),
      )}
    </dl>
  );
}

interface FactTableProps {
  event: Shown;
  /** Keeps the occurrences of one user; left out where nothing can be filtered. */
  onUser?: ((user: string) => void) | undefined;
}

/** Whatever else the fields of an event tell: of the request, the device and the app. */
export function FactTable({ event, onUser }: FactTableProps) {
  const facts: [label: string, value: string | null, more?: ComponentChildren][] = [
    ["Type", event.error_type],
    ["Request", event.request_id],
    [
      "User",
      event.user_id_hash,
      event.user_id_hash && onUser && <OnlyUser user={event.user_id_hash} onUser={onUser} />,
    ],
    ["Device", event.device_id_hash],
    ["App version", event.app_version],
    ["Build", event.build_number],
    ["Screen", event.screen],
    ["By the client's clock", clientTime(event)],
    ["Event", String(event.id)],
  ];
  return (
    <dl class="fact-table">
      {facts.map(
        ([label, value, more]) =>
          value && (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <bdi>{value}</bdi>
                <CopyIcon text={value} label={`Copy ${label.toLowerCase()}`} />
                {more}
              </dd>
            </div>
          ),
      )}
    </dl>
  );
}

function OnlyUser({ user, onUser }: { user: string; onUser: (user: string) => void }) {
  return (
    <Button kind="quiet" size="small" onClick={() => onUser(user)}>
      Only this user
    </Button>
  );
}

/** Clocks that agree within this much need no line of their own. */
const AGREE_MS = 2_000;

function clientTime(event: Shown): string | null {
  if (event.clientAt === null || Math.abs(event.clientAt - event.at) < AGREE_MS) return null;
  return exactTime(event.clientAt);
}

/** The exact time without the year and the zone, which its title has. */
function shortTime(ms: number): string {
  const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", ...time }).format(ms);
}
