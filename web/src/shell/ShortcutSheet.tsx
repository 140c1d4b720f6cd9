import { Fragment } from "preact";
import { shortcuts } from "../keys";
import "../styles/sheet.css";
import { Dialog } from "../ui/Dialog";
import { Keys } from "../ui/Keys";

/** All shortcuts that work on this page, drawn from the registry. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const groups = new Map<string, Map<string, string[]>>();
  for (const { group, keys, label } of new Map(shortcuts.value.map((one) => [one.keys, one])).values()) {
    const entries = groups.get(group) ?? new Map<string, string[]>();
    groups.set(group, entries.set(label, [...(entries.get(label) ?? []), keys]));
  }
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <div class="sheet">
        {[...groups].map(([group, entries]) => (
          <section key={group}>
            <h3 class="quiet">{group}</h3>
            <dl>
              {[...entries].map(([label, each]) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd class="row">
                    {each.map((keys, index) => (
                      <Fragment key={keys}>
                        {index > 0 && <span class="quiet small">or</span>}
                        <Keys keys={keys} />
                      </Fragment>
                    ))}
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
