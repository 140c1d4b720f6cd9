/** TODO of its owner: how the server is, at the foot of the navigation. */
export function ServerHealth() {
  return null;
}
