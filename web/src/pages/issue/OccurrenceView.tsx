import type { Occurrence, OccurrenceDetail, Sample } from "../../api/types";
import { Icon } from "../../ui/Icon";
import { Menu } from "../../ui/Menu";
import { EmptyState } from "../../ui/States";
import { toast } from "../../ui/Toast";
import { copyOrSay } from "./CopyIcon";
import { FactLine, FactTable } from "./Facts";
import { Metadata } from "./Metadata";
import type { Shown } from "./occurrence";
import { StackView } from "./StackView";

interface OccurrenceViewProps {
  event: Shown;
  /** The event as the API has it. */
  json: Sample | Occurrence | OccurrenceDetail;
  compact?: boolean;
  onUser?: (user: string) => void;
}

/** One event: when and where, what it says, its stack, and what was sent along. */
export function OccurrenceView({ event, json, compact, onUser }: OccurrenceViewProps) {
  return (
    <article class="event" aria-label={`Event ${event.id}`}>
      <div class="event-part event-head">
        <FactLine event={event} />
        {!compact && <EventMenu json={json} />}
      </div>
      {/* Stacks of most languages begin or end with it. */}
      {!event.stack?.includes(event.message) && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <p class="event-part event-message" tabIndex={0}>
          <bdi>{event.message}</bdi>
        </p>
      )}
      <StackView event={event} compact={compact} />
      {!compact && (
        <section class="event-part" aria-label="Fields">
          <header>
            <h3>Fields</h3>
          </header>
          <FactTable event={event} onUser={onUser} />
        </section>
      )}
      <Metadata value={event.metadata} />
    </article>
  );
}

function EventMenu({ json }: { json: OccurrenceViewProps["json"] }) {
  const text = () => JSON.stringify(json, null, 2);
  return (
    <Menu
      label="More for this event"
      align="end"
      buttonClass="button quiet small icon-alone"
      items={[
        {
          label: "Copy as JSON",
          icon: "copy",
          run: () => void copyOrSay(text(), () => toast("The event is on the clipboard.")),
        },
        { label: "Download as JSON", icon: "doc", run: () => download(`event-${json.id}.json`, text()) },
      ]}
    >
      <Icon name="dots" />
    </Menu>
  );
}

function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken what it needs by the end of this turn.
  setTimeout(() => URL.revokeObjectURL(address));
}

/** Where an issue has no event any more. */
export function NoEvents() {
  return (
    <EmptyState icon="clock" title="No event is stored">
      Its events are counted, and the events themselves have been removed.
    </EmptyState>
  );
}
