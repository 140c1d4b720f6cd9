import { expect, it } from "vitest";
import { VirtualRows } from "../../src/ui/VirtualRows";
import { openPage } from "../page";
import { settled } from "../serving";

const page = openPage();

/** Rows of these names, of which the first is at hand. */
function Rows({ names }: { names: readonly string[] }) {
  return (
    <VirtualRows
      count={names.length}
      rowPx={50}
      onWindow={() => {}}
      rowsRef={null}
      row={(index, style) => (
        <button type="button" key={names[index]} style={style} tabIndex={index === 0 ? 0 : -1}>
          {names[index]}
        </button>
      )}
    />
  );
}

it("gives the focus to the row at hand when the row that had it goes", async () => {
  await page.show(<Rows names={["one", "two"]} />);
  await settled(() => page.button("one").focus());
  await page.show(<Rows names={["two", "three"]} />);
  expect(document.activeElement?.textContent).toBe("two");
});

it("leaves the focus where it is outside the rows", async () => {
  await page.show(<Rows names={["one", "two"]} />);
  await settled(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.show(<Rows names={["two", "three"]} />);
  expect(document.activeElement).toBe(document.body);
});
