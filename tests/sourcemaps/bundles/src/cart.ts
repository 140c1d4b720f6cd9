export interface Item {
  name: string;
  price: { amount: number } | null;
}

/** Adds up what stands in a cart. */
export function totalOf(items: Item[]): number {
  let total = 0;
  for (const item of items) {
    total += amountOf(item);
  }
  return total;
}

function amountOf(item: Item): number {
  if (item.price === null) {
    throw new TypeError(`no price: ${item.name}`);
  }
  return item.price.amount;
}
