import { query, setQuery } from "../../router";
import "../../styles/pages/settings.css";
import { CodeBlock } from "../../ui/CodeBlock";
import { CopyButton } from "../../ui/CopyButton";
import { Tabs } from "../../ui/Tabs";
import { ShowButton } from "./Secret";
import { masked, snippets } from "./snippets";

interface SnippetsProps {
  /** The project's key; null for those who may not see it, who put it in themselves. */
  apiKey: string | null;
  shown: boolean;
  onToggle: () => void;
}

const PLACEHOLDER = "KEY-OF-THE-PROJECT";

/** The code that sends an event, a tab for each language. What is copied has the whole key, shown or not. */
export function Snippets({ apiKey, shown, onToggle }: SnippetsProps) {
  const visible = apiKey === null ? PLACEHOLDER : shown ? apiKey : masked(apiKey);
  const all = snippets(location.origin, visible);
  const wanted = query.value.get("sdk");
  const chosen = all.find((snippet) => snippet.value === wanted) ?? all[0];
  if (!chosen) return null;
  const whole = () =>
    snippets(location.origin, apiKey ?? PLACEHOLDER).find((snippet) => snippet.value === chosen.value)?.code ?? "";
  return (
    <Tabs
      label="Language"
      tabs={all}
      value={chosen.value}
      onChange={(value) => setQuery({ sdk: value === all[0]?.value ? null : value })}
    >
      <div class="stack">
        {chosen.install && (
          <CodeBlock
            label="How to install it"
            actions={
              <>
                <span class="quiet">1. Install</span>
                <CopyButton text={chosen.install} label="Copy" />
              </>
            }
          >
            {chosen.install}
          </CodeBlock>
        )}
        <CodeBlock
          label={`Code for ${chosen.label}`}
          actions={
            <>
              <span class="quiet">{chosen.install ? "2. Send an event" : "Send an event"}</span>
              {apiKey !== null && <ShowButton shown={shown} onToggle={onToggle} />}
              <CopyButton text={whole} label="Copy" />
            </>
          }
        >
          {visible === PLACEHOLDER ? marked(chosen.code) : chosen.code}
        </CodeBlock>
        {apiKey === null && (
          <p class="quiet">Only the owner of the project and administrators see its key. Ask one of them for it.</p>
        )}
      </div>
    </Tabs>
  );
}

/** What has to be replaced stands out. */
function marked(code: string) {
  const [before, ...after] = code.split(PLACEHOLDER);
  return (
    <>
      {before}
      <mark>{PLACEHOLDER}</mark>
      {after.join(PLACEHOLDER)}
    </>
  );
}
