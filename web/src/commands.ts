/** What the palette offers: registered like shortcuts, by whatever part of the app can do it. */

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { IconName } from "./ui/Icon";

export interface Command {
  label: string;
  /** Heading that it stands under: "Go to", "Project", "Appearance". */
  group: string;
  icon?: IconName;
  /** More words by which it is found. */
  words?: string;
  /** Its shortcut, shown beside it. */
  keys?: string;
  run: () => void;
}

const sources = signal<readonly (() => readonly Command[])[]>([]);

/** Offer commands for as long as a component is on the page. */
export function useCommands(commands: readonly Command[]): void {
  const current = useRef(commands);
  current.current = commands;
  useEffect(() => {
    const source = () => current.current;
    sources.value = [...sources.value, source];
    return () => {
      sources.value = sources.value.filter((known) => known !== source);
    };
  }, []);
}

/** Return the commands in which all words of `text` occur, those that begin with it first. */
export function findCommands(text: string): Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = sources.value
    .flatMap((source) => source())
    .filter((command) => {
      const haystack = `${command.group} ${command.label} ${command.words ?? ""}`.toLowerCase();
      return words.every((word) => haystack.includes(word));
    });
  const begins = (command: Command) => words.length > 0 && command.label.toLowerCase().startsWith(words[0] ?? "");
  return [...found.filter(begins), ...found.filter((command) => !begins(command))];
}
