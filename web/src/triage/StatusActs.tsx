/** TODO of its owner (H6): buttons for what can be done with issues of some statuses, each with its key. */
import type { StatusWish } from "./acts";
import type { Triaged } from "./issue";

interface StatusActsProps {
  /** One on its page, or those that are chosen in a list. */
  issues: readonly Triaged[];
  /** What is done with them; else `changeStatus`. A list that has chosen "all that match" brings its own. */
  run?: (wish: StatusWish) => void;
  /** Whether the keys r, i, m, u work. */
  keys?: boolean;
  size?: "small";
}

export function StatusActs({ issues }: StatusActsProps) {
  return <span>{issues.length}</span>;
}
