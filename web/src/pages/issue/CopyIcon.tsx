import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../ui/Icon";
import { toast } from "../../ui/Toast";
import { copyText } from "./copying";

const STAY_MS = 1_500;

/** A small button beside a value that copies it; there is one for each, so it shows no words of its own. */
export function CopyIcon({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), STAY_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <button
      type="button"
      class={isCopied ? "copy-icon done" : "copy-icon"}
      aria-label={label}
      title={label}
      onClick={() => copyOrSay(text, () => setCopied(true))}
    >
      <Icon name={isCopied ? "check" : "copy"} size={13} />
      <span class="unseen" role="status">
        {isCopied && "Copied"}
      </span>
    </button>
  );
}

/** Copy a text that is seen where the button stands; where that is refused, it can be selected there. */
export async function copyOrSay(text: string, done: () => void): Promise<void> {
  try {
    await copyText(text);
    done();
  } catch {
    toast("Not copied: the browser does not allow it. Select it yourself.", { kind: "failed" });
  }
}
