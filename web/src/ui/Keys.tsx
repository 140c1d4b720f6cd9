import { keyCaps } from "../keys";
import "../styles/keys.css";

/** The key caps of a combination: `g i`, `mod+k`. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span class="keys">
      {keyCaps(keys).map((cap, index) => (
        <kbd key={index}>{cap}</kbd>
      ))}
    </span>
  );
}
