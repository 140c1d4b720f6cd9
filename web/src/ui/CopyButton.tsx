import { useEffect, useState } from "preact/hooks";
import { Button } from "./Button";

interface CopyButtonProps {
  /** What is copied; a function is asked at the press. */
  text: string | (() => string);
  /** What it is: "Copy key". */
  label: string;
}

const OUTCOMES = {
  copied: { icon: "check", text: "Copied", stayMs: 2_000 },
  failed: { icon: "alert", text: "Not copied: select it yourself", stayMs: 8_000 },
} as const;

/** Puts a text on the clipboard, and says so where it was pressed: a toast would lie behind a dialog. */
export function CopyButton({ text, label }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<keyof typeof OUTCOMES | null>(null);
  const said = outcome && OUTCOMES[outcome];
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setOutcome(null), said.stayMs);
    return () => clearTimeout(timer);
  }, [said]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : text());
      setOutcome("copied");
    } catch {
      setOutcome("failed");
    }
  }

  return (
    <>
      <Button size="small" icon={said?.icon ?? "copy"} onClick={copy}>
        {said?.text ?? label}
      </Button>
      <span class="unseen" role="status">
        {said?.text}
      </span>
    </>
  );
}
