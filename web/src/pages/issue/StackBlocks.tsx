import { useState } from "preact/hooks";
import { count, full } from "../../format";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { toast } from "../../ui/Toast";
import { copyOrSay } from "./CopyIcon";
import { type Block, placeText, type StackFrame } from "./stack";
import { whyUnmapped } from "./stackWords";

interface StackBlocksProps {
  blocks: readonly Block[];
  compact?: boolean | undefined;
}

/** Blocks that are drawn before somebody asks for more. */
const FIRST_BLOCKS = 150;
/** Own frames whose source is shown at first. */
const OPEN_FRAMES = 3;

/** The frames of a stack: own ones open, those of libraries folded. */
export function StackBlocks({ blocks, compact }: StackBlocksProps) {
  const [showsAll, setShowsAll] = useState(false);
  const first = compact ? 20 : FIRST_BLOCKS;
  const shown = showsAll ? blocks : blocks.slice(0, first);
  const hasOwn = blocks.some((block) => block.kind === "own");
  const own = blocks.filter((block) => block.kind === "own");
  const opened = new Set<Block>(own.filter((block) => block.frame.source.length > 0).slice(0, OPEN_FRAMES));
  return (
    <ol class="frames">
      {shown.map((block, index) => {
        if (block.kind === "text") return <Words key={index} text={block.text} />;
        if (block.kind === "own") return <OneFrame key={index} frame={block.frame} isOpen={opened.has(block)} />;
        return <LibraryFrames key={index} frames={block.frames} isOpen={!hasOwn} />;
      })}
      {shown.length < blocks.length && (
        <li class="frames-more">
          <Button size="small" onClick={() => setShowsAll(true)}>
            Show {full(blocks.length - shown.length)} more
          </Button>
        </li>
      )}
    </ol>
  );
}

/** Characters of lines that are no frames, before somebody asks for the rest. */
const FIRST_CHARS = 2_000;

function Words({ text }: { text: string }) {
  const [isWhole, setWhole] = useState(false);
  const isCut = !isWhole && text.length > FIRST_CHARS;
  return (
    <li class="frame-words">
      <bdi>{isCut ? text.slice(0, FIRST_CHARS) : text}</bdi>
      {isCut && (
        <Button kind="quiet" size="small" onClick={() => setWhole(true)}>
          Show all {full(text.length)} characters
        </Button>
      )}
    </li>
  );
}

interface LibraryFramesProps {
  frames: readonly StackFrame[];
  isOpen: boolean;
}

function LibraryFrames({ frames, isOpen: isOpenAtFirst }: LibraryFramesProps) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const marks = [...new Set(frames.map((frame) => frame.mark))].slice(0, 3).join(", ");
  return (
    <>
      <li class="frame-fold">
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name="chevron" size={12} />
          {count(frames.length, "library frame")}
          <bdi class="quiet ellipsis">{marks}</bdi>
        </button>
      </li>
      {isOpen && frames.map((frame, index) => <OneFrame key={index} frame={frame} isOpen={false} />)}
    </>
  );
}

/** One frame: what is called, where, and the lines of source around it. */
function OneFrame({ frame, isOpen: isOpenAtFirst }: { frame: StackFrame; isOpen: boolean }) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  const place = placeText(frame);
  const hasSource = frame.source.length > 0;
  const name = frame.name || (place ? "(anonymous)" : frame.raw);
  return (
    <li class={frame.mark === null ? "frame own" : "frame library"}>
      <div class="frame-head">
        {hasSource ? (
          <button
            type="button"
            class="frame-name opens"
            aria-expanded={isOpen}
            title={isOpen ? "Hide the source" : "Show the source"}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="chevron" size={12} />
            <bdi>{name}</bdi>
          </button>
        ) : (
          <span class={frame.name ? "frame-name" : "frame-name quiet"}>
            <bdi>{name}</bdi>
          </span>
        )}
        {place && <PlaceButton place={place} raw={frame.raw} />}
        {frame.reason && (
          <span class="frame-why" title={whyUnmapped(frame.reason).long}>
            <Icon name="map" size={12} />
            <bdi>{whyUnmapped(frame.reason).short}</bdi>
          </span>
        )}
      </div>
      {hasSource && isOpen && <Source frame={frame} />}
    </li>
  );
}

/** Where a frame is, for an editor: copied at a press. */
function PlaceButton({ place, raw }: { place: string; raw: string }) {
  return (
    <button
      type="button"
      class="frame-place"
      aria-label={`Copy ${place}`}
      title={raw}
      onClick={() => copyOrSay(place, () => toast(`${shortened(place)} is on the clipboard.`))}
    >
      <bdi>{place}</bdi>
      <Icon name="copy" size={12} />
    </button>
  );
}

function shortened(text: string): string {
  return text.length <= 120 ? text : `…${text.slice(-119)}`;
}

function Source({ frame }: { frame: StackFrame }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="frame-source" aria-label={`Source around line ${frame.line}`} tabIndex={0}>
      <ol>
        {frame.source.map((line) => (
          <li key={line.number} class={line.isHere ? "here" : undefined}>
            <span class="line-number">{line.number}</span>
            <code>
              <bdi>{line.isHere && frame.isMapped ? <Marked text={line.text} column={frame.column} /> : line.text}</bdi>
            </code>
            {line.isHere && <span class="unseen"> (the line that failed)</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A line with the word that stands at a column marked. */
function Marked({ text, column }: { text: string; column: number | null }) {
  const at = (column ?? 0) - 1;
  if (at < 0 || at >= text.length) return <>{text}</>;
  const word = /^[\p{L}\p{N}_$]+/u.exec(text.slice(at))?.[0] ?? text.charAt(at);
  return (
    <>
      {text.slice(0, at)}
      <mark>{word}</mark>
      {text.slice(at + word.length)}
    </>
  );
}
