import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Command, findCommands } from "../commands";
import "../styles/palette.css";
import { Icon } from "./Icon";
import { Keys } from "./Keys";

/** Everything that can be done or gone to, found by typing. Opens at once, without an animation. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const id = useId();
  const found = findCommands(text);
  const index = Math.min(chosen, found.length - 1);

  // Before the next key is pressed: it belongs to the palette already.
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
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
      setChosen(wraps ? (next + found.length) % found.length : Math.max(0, Math.min(next, found.length - 1)));
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
            key={`${command.group} ${command.label}`}
            id={`${id}-${row}`}
            role="option"
            aria-selected={row === index}
            class="palette-item"
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
      {found.length === 0 && <p class="palette-none quiet">Nothing is called that.</p>}
    </dialog>
  );
}
