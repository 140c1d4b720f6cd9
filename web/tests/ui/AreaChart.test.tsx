import { beforeEach, describe, expect, it, vi } from "vitest";
import { AreaChart } from "../../src/ui/AreaChart";
import { HOUR_MS, windowStart } from "../../src/ui/chart";
import { Sparkline } from "../../src/ui/Sparkline";
import { openPage } from "../page";
import { settled } from "../serving";

const page = openPage();
const start = windowStart(72, Date.now());
const at = (hour: number) => start + hour * HOUR_MS;
const SERIES = [
  {
    label: "Events",
    counts: [
      { hour_bucket: at(10), count: 3 },
      { hour_bucket: at(71), count: 1_200 },
    ],
  },
];
const slider = () => page.all("[role=slider]")[0] as HTMLElement;
const key = (name: string, more: KeyboardEventInit = {}) =>
  settled(() => slider().dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, ...more })));
const lift = (name: string) =>
  settled(() => slider().dispatchEvent(new KeyboardEvent("keyup", { key: name, bubbles: true })));
const point = (kind: string, x: number) =>
  settled(() =>
    slider().dispatchEvent(
      new MouseEvent(kind, { clientX: slider().getBoundingClientRect().left + x, button: 0, bubbles: true }),
    ),
  );
const said = () => slider().getAttribute("aria-valuetext");
const chosen = vi.fn();

beforeEach(() => chosen.mockReset());

const chart = (selected: { from: number; until: number } | null = null) => (
  <AreaChart
    series={SERIES}
    hours={72}
    marks={[{ at: at(10) + 5, label: "1.2.0" }]}
    onSelect={chosen}
    selected={selected}
    label="Events of Shop"
  />
);

describe("a chart", () => {
  it("tells what it shows in words", async () => {
    await page.show(chart());
    const about = document.getElementById(slider().getAttribute("aria-describedby") ?? "")?.textContent;
    expect(about).toMatch(/^1,203 events in 72 hours, most of them .*: 1,200\. Release 1\.2\.0\. Arrows move/);
  });

  it("tells each hour to whoever walks through it by keyboard", async () => {
    await page.show(chart());
    await key("Home");
    await key("PageUp");
    for (let step = 24; step > 10; step -= 1) await key("ArrowLeft");
    expect(slider().getAttribute("aria-valuenow")).toBe("10");
    expect(said()).toMatch(/: 3 events\. Release 1\.2\.0$/);
    await key("End");
    expect(said()).toMatch(/: 1,200 events so far$/);
    await key("ArrowRight");
    expect(slider().getAttribute("aria-valuenow")).toBe("71");
    expect(page.text()).toContain("1,200");
  });

  it("lets hours be chosen by keyboard, when Shift is lifted", async () => {
    await page.show(chart());
    await key("Home");
    await key("ArrowRight", { shiftKey: true });
    await key("ArrowRight", { shiftKey: true });
    expect(chosen).not.toHaveBeenCalled();
    await lift("Shift");
    expect(chosen.mock.calls).toEqual([[{ from: at(0), until: at(3) }]]);
  });

  it("lets the hour under the cursor be chosen by Enter, and a choice be begun in vain", async () => {
    await page.show(chart());
    await key("Home");
    await key("ArrowRight", { shiftKey: true });
    await key("Escape");
    await lift("Shift");
    expect(chosen).not.toHaveBeenCalled();
    await key("Enter");
    expect(chosen.mock.calls).toEqual([[{ from: at(1), until: at(2) }]]);
  });

  it("lets hours be chosen by dragging, in either direction", async () => {
    await page.show(chart());
    const hourPx = (640 - Number.parseFloat(slider().style.left) - 1) / 72; // as wide as where there is no layout
    await point("pointerdown", 20.5 * hourPx);
    await point("pointermove", 12.5 * hourPx);
    expect(page.text()).not.toContain("Drag over the chart");
    await point("pointerup", 12.5 * hourPx);
    expect(chosen.mock.calls).toEqual([[{ from: at(12), until: at(21) }]]);
  });

  it("takes a press for no choice", async () => {
    await page.show(chart());
    await point("pointerdown", 100);
    await point("pointermove", 102);
    await point("pointerup", 102);
    expect(chosen).not.toHaveBeenCalled();
  });

  it("shows what is chosen, and lets it be cleared", async () => {
    await page.show(chart({ from: at(8), until: at(12) }));
    expect(page.text()).toContain("3 events");
    await page.press("Clear the choice");
    expect(chosen.mock.calls).toEqual([[null]]);
    expect(document.activeElement).toBe(slider());
    await key("Escape");
    expect(chosen).toHaveBeenCalledTimes(2);
  });

  it("tells two series apart, also in words", async () => {
    await page.show(
      <AreaChart series={[...SERIES, { label: "Before", counts: [] }]} hours={72} label="Compared with before" />,
    );
    await key("End");
    expect(said()).toMatch(/: Events: 1,200 events, Before: 0 events so far$/);
    expect(page.all(".chart-legend li").map((known) => known.textContent)).toEqual(["Events", "Before"]);
    await key("Enter");
    await key("ArrowLeft", { shiftKey: true });
    expect(slider().getAttribute("aria-valuenow")).toBe("70");
  });

  it("says that there is nothing where there is nothing", async () => {
    await page.show(<AreaChart series={[{ label: "Events", counts: [] }]} hours={72} label="Events" />);
    expect(page.text()).toContain("No events in these 72 hours");
  });

  it("of a single hour is drawn as well", async () => {
    await page.show(<AreaChart series={SERIES} hours={1} label="Events" />);
    expect(page.all("path.chart-line").map((line) => line.getAttribute("d"))).toEqual([
      expect.stringMatching(/^M0 [\d.]+L[\d.]+ [\d.]+L[\d.]+ [\d.]+$/),
    ]);
  });
});

it("a sparkline is one path, with words", async () => {
  const last = windowStart(1, Date.now());
  await page.show(<Sparkline counts={[{ hour_bucket: last, count: 4 }]} hours={24} label="4 events in 24 hours" />);
  const [svg] = page.all("svg");
  expect([svg?.getAttribute("role"), svg?.getAttribute("aria-label"), svg?.children.length]).toEqual([
    "img",
    "4 events in 24 hours",
    1,
  ]);
  expect(svg?.querySelector("path")?.getAttribute("d")).toBe("M92 20v-20h3v20z");
});
