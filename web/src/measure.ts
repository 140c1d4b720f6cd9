/** What the pages take the time of: for the browser's own tools, and for `nox -s web-bench`. */

/** Note how long something took from `began` on until it was painted; called when it has been drawn. */
export function measurePainted(name: string, began: number): void {
  requestAnimationFrame(() => {
    // A message comes behind the frame.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      performance.clearMeasures(name); // one of each is enough to keep
      performance.measure(name, { start: began, end: performance.now() });
    };
    port2.postMessage(null);
  });
}
