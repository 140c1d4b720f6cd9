import type { ComponentChildren } from "preact";
import { messageOf, Problem } from "../api/client";
import type { LoadedState } from "../api/useLoaded";
import "../styles/states.css";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";

interface EmptyStateProps {
  icon?: IconName;
  title: string;
  /** What to do next. */
  children?: ComponentChildren;
  actions?: ComponentChildren;
}

/** Where there is nothing yet: says why, and what to do next. */
export function EmptyState({ icon = "folder", title, children, actions }: EmptyStateProps) {
  return (
    <div class="state">
      <span class="state-icon">
        <Icon name={icon} size={20} />
      </span>
      <h2>{title}</h2>
      {children && <div class="quiet">{children}</div>}
      {actions && <div class="row">{actions}</div>}
    </div>
  );
}

/** Where something could not be loaded: says what went wrong, and offers another try. */
export function ErrorState({ error, retry }: { error: unknown; retry?: () => void }) {
  const requestId = error instanceof Problem ? error.requestId : null;
  return (
    <div class="state" role="alert">
      <span class="state-icon bad">
        <Icon name="alert" size={20} />
      </span>
      <h2>This could not be loaded</h2>
      <p class="quiet">{messageOf(error)}</p>
      {requestId && (
        <p class="quiet small">
          In the server's log it is request <code>{requestId}</code>.
        </p>
      )}
      {retry && (
        <div class="row">
          <Button icon="refresh" onClick={retry}>
            Try again
          </Button>
        </div>
      )}
    </div>
  );
}

/** A bar in the place of a text that is on its way. Give it the size of that text, so that nothing jumps. */
export function Skeleton({ width = "100%", height = "1em" }: { width?: string; height?: string }) {
  return <span class="skeleton" style={{ width, height }} aria-hidden="true" />;
}

/** Rows in the place of a list that is on its way. */
export function SkeletonRows({ rows = 5, height = "3rem" }: { rows?: number; height?: string }) {
  return (
    <div class="skeleton-rows" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="skeleton-row" style={{ height }}>
          <Skeleton width={`${62 - ((row * 17) % 30)}%`} height="0.75rem" />
        </div>
      ))}
    </div>
  );
}

interface LoadedProps<T> {
  /** Of `useLoaded`. */
  from: LoadedState<T>;
  /** Shown until the first data is there. */
  skeleton: ComponentChildren;
  children: (data: T) => ComponentChildren;
}

/** Shows what `useLoaded` has: a skeleton, the data with a note if it is old, or what went wrong with another try. */
export function Loaded<T>({ from, skeleton, children }: LoadedProps<T>) {
  if (from.data !== undefined) {
    return (
      <>
        {from.error !== undefined && <OldData error={from.error} busy={from.loading} retry={from.reload} />}
        {children(from.data)}
      </>
    );
  }
  if (from.error !== undefined && !from.loading) return <ErrorState error={from.error} retry={from.reload} />;
  return <>{skeleton}</>;
}

/** Over data that could not be loaded anew. */
export function OldData({ error, busy, retry }: { error: unknown; busy: boolean; retry: () => void }) {
  return (
    <div class="old-data" role="alert">
      <Icon name="alert" />
      <span>What you see may be old. {messageOf(error)}</span>
      <Button size="small" icon="refresh" busy={busy} onClick={retry}>
        Try again
      </Button>
    </div>
  );
}
