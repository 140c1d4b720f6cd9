/** TODO of its owner (H5): the filter as chips, with suggestions, sort and saved views. */
export function FilterBar() {
  return null;
}
