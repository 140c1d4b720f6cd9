import type { EnvironmentLoad, EnvironmentLoads } from "../../api/types";
import { formatQuery } from "../../filter/query";
import { full } from "../../format";
import { slugOf } from "../../links";
import { href } from "../../router";
import { type Column, Table } from "../../ui/Table";
import { Explained } from "./Explained";
import { figure, percent, percentileWords, shareWords } from "./explain";
import { OPENS, ProjectName } from "./parts";

/** Where errors occur, the environment with the most events first. */
export function EnvironmentTable({ answer }: { answer: EnvironmentLoads }) {
  const percentile = (which: 50 | 90 | 99, value: (load: EnvironmentLoad) => number): Column<EnvironmentLoad> => ({
    title: `P${which} per hour`,
    number: true,
    cell: (load) => <Explained words={percentileWords(load, which)}>{figure(value(load))}</Explained>,
  });
  const columns: readonly Column<EnvironmentLoad>[] = [
    { title: "Environment", heading: true, cell: (load) => <Name load={load} /> },
    { title: "Events", number: true, cell: (load) => full(load.total_count) },
    { title: "Share", cell: (load) => <Share load={load} total={answer.total_count} /> },
    { title: "Errors", number: true, cell: (load) => full(load.unique_errors) },
    percentile(50, (load) => load.p50_hourly),
    percentile(90, (load) => load.p90_hourly),
    percentile(99, (load) => load.p99_hourly),
  ];
  return (
    <div class="environment-table">
      <Table
        caption="Environments"
        columns={columns}
        rows={answer.environments}
        rowKey={(load) => `${load.project_id}\n${load.environment}`}
      />
    </div>
  );
}

function Name({ load }: { load: EnvironmentLoad }) {
  const to = href("/issues", {
    project: slugOf(load.project_id),
    q: formatQuery({ chips: [{ key: "env", value: load.environment }], words: "" }),
  });
  return (
    <>
      <a class={OPENS} href={to} title={load.environment}>
        <bdi>{load.environment || "(none)"}</bdi>
      </a>{" "}
      <ProjectName id={load.project_id} />
    </>
  );
}

function Share({ load, total }: { load: EnvironmentLoad; total: number }) {
  return (
    <span class="environment-share">
      <span class="severity-bar" aria-hidden="true">
        <span style={{ width: `${load.pct_of_total}%` }} />
      </span>
      <Explained words={shareWords(load, total)}>{percent(load.pct_of_total)}</Explained>
    </span>
  );
}
