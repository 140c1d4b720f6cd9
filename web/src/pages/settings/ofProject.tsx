/** What the sections of a single project say where there is nothing to be managed. */

import type { ComponentChildren } from "preact";
import { Problem } from "../../api/client";
import type { IconName } from "../../ui/Icon";
import { Panel } from "../../ui/Panel";
import { EmptyState } from "../../ui/States";

interface SaysProps {
  icon: IconName;
  /** What the section is about, and who may manage it. */
  children: ComponentChildren;
}

export function NoProject({ icon, children }: SaysProps) {
  return (
    <Panel>
      <EmptyState icon={icon} title="No project is chosen">
        {children}
      </EmptyState>
    </Panel>
  );
}

export function NotYours({ icon, children }: SaysProps) {
  return (
    <Panel>
      <EmptyState icon={icon} title="Not yours to manage">
        {children}
      </EmptyState>
    </Panel>
  );
}

/** Whether the server has refused because somebody else manages it. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Problem && error.status === 403;
}
