import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import "../styles/page.css";
import { Icon } from "./Icon";

interface PageProps {
  /** Heading of the page, and title of the browser's tab. */
  title: string;
  /** In place of the title in the heading, where it shall show more than text. */
  heading?: ComponentChildren;
  about?: ComponentChildren;
  /** Where the page belongs, as a link above its heading. */
  back?: { href: string; label: string };
  actions?: ComponentChildren;
  /** Lines of text and forms read better when they are not as wide as the window. */
  narrow?: boolean;
  children: ComponentChildren;
}

let isFirst = true;

/** A page: its heading gets the focus when it opens, so that screen readers say where one is. */
export function Page({ title, heading, about, back, actions, narrow, children }: PageProps) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · bloop`;
  }, [title]);
  useEffect(() => {
    // The browser itself announces the page that it has loaded.
    if (!isFirst) head.current?.focus({ preventScroll: true });
    isFirst = false;
  }, []);
  return (
    <div class={narrow ? "page narrow" : "page"}>
      <header class="page-head">
        <div>
          {back && (
            <a class="page-back" href={back.href}>
              <Icon name="back" size={14} />
              {back.label}
            </a>
          )}
          <h1 ref={head} tabIndex={-1}>
            {heading ?? title}
          </h1>
          {about && <p class="quiet">{about}</p>}
        </div>
        {actions && <div class="row">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
