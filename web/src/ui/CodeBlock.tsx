import type { ComponentChildren } from "preact";
import "../styles/code.css";

interface CodeBlockProps {
  /** What it is, for screen readers: "Snippet for Python". */
  label: string;
  children: ComponentChildren;
  /** Buttons in its corner. */
  actions?: ComponentChildren;
}

/** Code that scrolls in itself when it is wider than the page. */
export function CodeBlock({ label, children, actions }: CodeBlockProps) {
  return (
    <div class="code-block">
      {actions && <div class="code-actions">{actions}</div>}
      <section aria-label={label}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
        <pre tabIndex={0}>
          <code>{children}</code>
        </pre>
      </section>
    </div>
  );
}
