import { useEffect, useId, useRef, useState } from "preact/hooks";
import { type Command, findCommands } from "../commands";
import "../styles/menu.css";
import "../styles/palette.css";
import { useModal } from "./Dialog";
import { Icon } from "./Icon";
import { Keys } from "./Keys";

/** Everything that can be done or gone to, found by typing. Opens at once, without an animation. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const id = useId();
  const found = findCommands(text);
  const index = Math.max(0, Math.min(chosen, found.length - 1));

  useModal(dialog);
  useEffect(() => {
    dialog.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [index, text]);

  function run(command: Command | undefined): void {
    if (!command) return;
    onClose();
    // After the palette has gone, so that what it opens gets the focus.
    queueMicrotask(command.run);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.isComposing) return;
    // The keys that open it close it: the browser would go on to a search of its own.
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      onClose();
      return;
    }
    const target: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + 8,
      PageUp: index - 8,
    };
    const next = target[event.key];
    if (next !== undefined) {
      event.preventDefault();
      const wraps = event.key.startsWith("Arrow");
      setChosen(
        wraps ? (next + found.length) % Math.max(1, found.length) : Math.max(0, Math.min(next, found.length - 1)),
      );
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[index]);
    }
  }

  return (
    <dialog
      ref={dialog}
      class="palette"
      aria-label="Command palette"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div class="palette-input">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-label="Search for a page or an act"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={found.length ? `${id}-${index}` : undefined}
          placeholder="Go to a page, or do something"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Keys keys="Escape" />
      </div>
      <div id={`${id}-list`} role="listbox" aria-label="Commands" class="palette-list" tabIndex={-1}>
        {found.map((command, row) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard works in the field above
          // biome-ignore lint/a11y/useFocusableInteractive: the field above keeps the focus and names the chosen one
          <div
            key={row}
            id={`${id}-${row}`}
            role="option"
            aria-selected={row === index}
            class="menu-item"
            onPointerMove={() => setChosen(row)}
            onClick={() => run(command)}
          >
            <Icon name={command.icon ?? "chevron"} />
            <span class="ellipsis">{command.label}</span>
            <span class="quiet small">{command.group}</span>
            {command.keys && <Keys keys={command.keys} />}
          </div>
        ))}
      </div>
      <p class="palette-none quiet" role="status">
        {found.length === 0 && "Nothing is called that."}
      </p>
    </dialog>
  );
}
