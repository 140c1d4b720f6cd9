import { totalOf, type Item } from "./cart";

const items: Item[] = [
  { name: "tea", price: { amount: 3 } },
  { name: "milk", price: null },
];

export function checkOut(): string {
  const total = totalOf(items);
  return `That is ${total}, please.`;
}

try {
  console.log(checkOut());
} catch (error) {
  console.log((error as Error).stack);
}
