import { keyCaps } from "../keys";
import "../styles/keys.css";

/** The key of a button, on the button. It is drawn, and no text: what the button says stays what it does. */
export function KeyCap({ keys }: { keys: string }) {
  return <span class="act-key" data-key={keyCaps(keys).join(" ")} aria-hidden="true" />;
}
