import type { ComponentChildren } from "preact";
import "../styles/panel.css";

interface PanelProps {
  title?: ComponentChildren;
  /** A sentence under the title. */
  about?: ComponentChildren;
  /** Buttons beside the title. */
  actions?: ComponentChildren;
  /** Lists and tables reach to its edges. */
  flush?: boolean;
  children: ComponentChildren;
}

/** A framed part of a page with a heading of its own. */
export function Panel({ title, about, actions, flush, children }: PanelProps) {
  return (
    <section class={flush ? "panel flush" : "panel"}>
      {(title || actions) && (
        <header>
          <div>
            {title && <h2>{title}</h2>}
            {about && <p class="quiet">{about}</p>}
          </div>
          {actions && <div class="row">{actions}</div>}
        </header>
      )}
      <div class="panel-body">{children}</div>
    </section>
  );
}
