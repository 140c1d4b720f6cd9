import { href, query, setQuery } from "../../../router";
import type { Project } from "../../../session";
import { CodeBlock } from "../../../ui/CodeBlock";
import { CopyButton } from "../../../ui/CopyButton";
import { Panel } from "../../../ui/Panel";
import { Tabs } from "../../../ui/Tabs";
import { commands } from "./commands";

/** What a build runs to upload its maps. */
export function FromCi({ project, release }: { project: Project; release: string }) {
  const all = commands(location.origin, project.slug, release);
  const chosen = all.find((known) => known.value === query.value.get("with")) ?? all[0];
  if (!chosen) return null;
  return (
    <Panel
      title="From your build"
      about={
        <>
          It needs a <a href={href("/settings/tokens")}>token</a> with the scope <code>sourcemaps:upload</code>, which
          opens nothing else.
        </>
      }
    >
      <Tabs
        label="Command"
        tabs={all}
        value={chosen.value}
        onChange={(value) => setQuery({ with: value === all[0]?.value ? null : value })}
      >
        <CodeBlock
          label={`Upload with ${chosen.label}`}
          actions={
            <>
              <span class="quiet">{chosen.about}</span>
              <CopyButton text={chosen.code} label="Copy" />
            </>
          }
        >
          {chosen.code}
        </CodeBlock>
      </Tabs>
    </Panel>
  );
}
