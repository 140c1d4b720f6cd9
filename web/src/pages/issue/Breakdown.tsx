import { useState } from "preact/hooks";
import type { ErrorAggregate } from "../../api/types";
import { compact, count, full, percent } from "../../format";
import { Button } from "../../ui/Button";
import { Field, Select } from "../../ui/Field";
import { Panel } from "../../ui/Panel";
import { Time } from "../../ui/Time";
import { found, ORDERS, type Order, ordered, type Place, placesOf } from "./breakdown";
import { ShareBar } from "./ShareBar";

/** Shown before somebody wants all. */
const FEW = 5;
/** More rows are found by typing. */
const MOST = 200;
const ORDER_OPTIONS = Object.entries(ORDERS).map(([value, label]) => ({ value: value as Order, label }));

interface BreakdownProps {
  rows: readonly ErrorAggregate[];
  by: "release" | "environment";
  /** Called with a name: the events of it are wanted. */
  onChoose: (name: string) => void;
}

/** Where an issue occurs, by release or by environment: with counts, shares and times. */
export function Breakdown({ rows, by, onChoose }: BreakdownProps) {
  const [isWhole, setWhole] = useState(false);
  const [order, setOrder] = useState<Order>("count");
  const [text, setText] = useState("");
  const all = placesOf(rows, by);
  const fitting = found(ordered(all, order), text);
  const shown = fitting.slice(0, isWhole ? MOST : FEW);
  const title = by === "release" ? "Releases" : "Environments";
  const noun = by === "release" ? "release" : "environment";
  return (
    <Panel
      title={
        <>
          {title} <span class="quiet">{full(all.length)}</span>
        </>
      }
      actions={
        all.length > 2 && (
          <Select
            label={`Order of ${title.toLowerCase()}`}
            hideLabel
            value={order}
            options={ORDER_OPTIONS}
            onChange={setOrder}
          />
        )
      }
      flush
    >
      {isWhole && all.length > 2 * FEW && (
        <div class="places-search">
          <Field label={`Find a ${noun}`} value={text} onInput={setText} autocomplete="off" code autoFocus />
        </div>
      )}
      <ul class={isWhole ? "shares scrolls" : "shares"} aria-label={title}>
        {shown.map((place) => (
          <PlaceRow key={place.name} place={place} onChoose={() => onChoose(place.name)} />
        ))}
      </ul>
      {fitting.length === 0 && <p class="places-foot quiet">No {noun} is called that.</p>}
      {isWhole && fitting.length > MOST && (
        <p class="places-foot quiet">{full(fitting.length - MOST)} more: type to find them.</p>
      )}
      {all.length > FEW && (
        <div class="places-foot">
          <Button
            kind="quiet"
            size="small"
            expanded={isWhole}
            onClick={() => {
              setWhole(!isWhole);
              setText("");
            }}
          >
            {isWhole ? "Show fewer" : `Show all ${full(all.length)}`}
          </Button>
        </div>
      )}
    </Panel>
  );
}

function PlaceRow({ place, onChoose }: { place: Place; onChoose: () => void }) {
  return (
    <li class="share-row">
      <div class="share-line">
        <button
          type="button"
          class="share-name"
          title={`Show the events of ${place.name || "(none)"}`}
          onClick={onChoose}
        >
          <bdi class="ellipsis">{place.name || "(none)"}</bdi>
        </button>
        <span class="number" title={count(place.count, "event")}>
          {compact(place.count)}
        </span>
        <span class="number quiet share-percent">{percent(place.share)}</span>
      </div>
      <ShareBar share={place.share} />
      <p class="quiet small share-times">
        <span>
          First <Time ms={place.first_seen} />
        </span>
        <span>
          Last <Time ms={place.last_seen} />
        </span>
      </p>
    </li>
  );
}
