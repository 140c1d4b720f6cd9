import { shortcuts } from "../keys";
import "../styles/sheet.css";
import { Dialog } from "../ui/Dialog";
import { Keys } from "../ui/Keys";

/** All shortcuts that work on this page, drawn from the registry. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const groups = new Map<string, Map<string, string>>();
  for (const { group, keys, label } of shortcuts.value) {
    groups.set(group, (groups.get(group) ?? new Map<string, string>()).set(keys, label));
  }
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <div class="sheet">
        {[...groups].map(([group, entries]) => (
          <section key={group}>
            <h3 class="quiet">{group}</h3>
            <dl>
              {[...entries].map(([keys, label]) => (
                <div key={keys}>
                  <dt>{label}</dt>
                  <dd>
                    <Keys keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
