import { useEffect, useState } from "preact/hooks";
import { Button } from "./Button";
import { toast } from "./Toast";

interface CopyButtonProps {
  /** What is copied; a function is asked at the press. */
  text: string | (() => string);
  /** What it is: "Copy key". */
  label: string;
  /** Shows the icon alone. */
  iconOnly?: boolean;
}

/** Puts a text on the clipboard, and says so. */
export function CopyButton({ text, label, iconOnly }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : text());
      setCopied(true);
    } catch {
      toast("The browser does not let this page copy. Select the text and copy it yourself.", { kind: "failed" });
    }
  }

  return (
    <>
      <Button size="small" icon={copied ? "check" : "copy"} label={copied ? "Copied" : label} onClick={copy}>
        {iconOnly ? null : copied ? "Copied" : label}
      </Button>
      <span class="unseen" role="status">
        {copied ? "Copied" : ""}
      </span>
    </>
  );
}
