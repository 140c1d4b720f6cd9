/** Do something with each of many, so many at a time; rejected with the first of what goes wrong. */
export async function eachAtOnce<T>(all: readonly T[], most: number, work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all];
  async function go(): Promise<void> {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one);
  }
  await Promise.all(Array.from({ length: most }, go));
}
