import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import "../styles/table.css";
import { focusPage } from "./Dialog";
import { useKeptFocus } from "./keptFocus";

export interface Column<Row> {
  /** Heading; on a phone it stands before each value. */
  title: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers and times line up at the right. */
  number?: boolean;
  /** Names the row: it is its heading, and comes first. */
  heading?: boolean;
  /** The heading is for screen readers alone, as over buttons. */
  hideTitle?: boolean;
  /** On a phone it stands in the corner of the row's block: for a button or two. */
  corner?: boolean;
}

interface TableProps<Row> {
  /** What the table lists, for screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
}

/**
 * A list with columns. On a phone each row becomes a block of its own, with the headings before the values.
 *
 * When the button that had the focus goes, because its row was removed, the next row's has it.
 */
export function Table<Row>({ caption, columns, rows, rowKey }: TableProps<Row>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const focused = useKeptFocus(body);
  useLayoutEffect(() => () => void (focused.current && queueMicrotask(focusPage)), []);
  return (
    <table class="table">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.title} scope="col" class={column.number ? "number" : undefined}>
              <span class={column.hideTitle ? "unseen" : undefined}>{column.title}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column) => (
              <Cell key={column.title} column={column} row={row} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const inside = (
    <>
      {!column.heading && !column.hideTitle && (
        <span class="table-label" aria-hidden="true">
          {column.title}
        </span>
      )}
      <span class="table-value">{column.cell(row)}</span>
    </>
  );
  if (column.heading) return <th scope="row">{inside}</th>;
  const classes = [column.number && "number", column.corner && "corner"].filter(Boolean).join(" ");
  return <td class={classes || undefined}>{inside}</td>;
}
