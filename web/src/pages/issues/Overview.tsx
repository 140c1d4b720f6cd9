/** TODO of its owner (H5): the project in numbers, and its last 72 hours as a chart. */
export function Overview() {
  return null;
}
