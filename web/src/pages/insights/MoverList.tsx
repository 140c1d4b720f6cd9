import type { ErrorMover, Movers } from "../../api/types";
import { full } from "../../format";
import { Badge } from "../../ui/Badge";
import { Time } from "../../ui/Time";
import { Explained } from "./Explained";
import { arrow, deltaPercentWords, deltaWords, signed, signedPercent } from "./explain";
import { AlertLink, ErrorName } from "./parts";
import type { Scope } from "./scope";

/** Errors by how much their number of events has changed, the largest change first. */
export function MoverList({ answer, scope }: { answer: Movers; scope: Scope }) {
  return (
    <ul class="insight-rows" aria-label="Movers">
      {answer.movers.map((mover) => (
        <MoverRow
          key={`${mover.project_id}\n${mover.fingerprint}`}
          mover={mover}
          hours={answer.window_hours}
          isFirst={mover.moved_first && answer.movers.length > 1}
          scope={scope}
        />
      ))}
    </ul>
  );
}

interface MoverRowProps {
  mover: ErrorMover;
  hours: number;
  /** Of several it is the one to begin with. */
  isFirst: boolean;
  scope: Scope;
}

function MoverRow({ mover, hours, isFirst, scope }: MoverRowProps) {
  const way = mover.delta > 0 ? "up" : mover.delta < 0 ? "down" : "same";
  const word = { up: "More", down: "Fewer", same: "As many" }[way];
  const tone = { up: "bad", down: "good", same: "neutral" } as const;
  const name = mover.error_type || "Error";
  return (
    <li class="insight-row mover" data-row>
      <ErrorName {...mover} />
      <div class={`move ${way}`}>
        <span class="move-arrow" aria-hidden="true">
          {arrow(mover.delta)}
        </span>
        <span class="move-word">{word}</span>
        <Explained words={deltaWords(mover, hours)}>{signed(mover.delta)}</Explained>
      </div>
      <div class="insight-when">
        <span>
          <span class="quiet">{full(mover.count_previous)}</span>
          <span class="quiet" aria-hidden="true">
            {" → "}
          </span>
          <span class="unseen"> before, now </span>
          <b>{full(mover.count_current)}</b>
        </span>
        {mover.moved_at !== null && (
          <span class="quiet small">
            {isFirst ? <b class="moved-first">Moved first, </b> : "since "}
            <Time ms={mover.moved_at} />
          </span>
        )}
      </div>
      <div class="insight-figure">
        <Explained words={deltaPercentWords(mover)}>
          <Badge tone={tone[way]}>{signedPercent(mover.delta_pct)}</Badge>
        </Explained>
      </div>
      <AlertLink
        {...mover}
        name={way === "down" ? `Fewer of ${name}` : `More of ${name}`}
        environment={scope.environment}
      />
    </li>
  );
}
