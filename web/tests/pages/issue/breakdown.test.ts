import { expect, it } from "vitest";
import type { ErrorAggregate } from "../../../src/api/types";
import { found, ordered, placesOf } from "../../../src/pages/issue/breakdown";

const row = (release: string, environment: string, total_count: number, first_seen = 1, last_seen = 2) =>
  ({ release, environment, total_count, first_seen, last_seen }) as ErrorAggregate;
const ROWS = [row("1.0", "prod", 60, 100, 200), row("1.0", "staging", 15, 50, 150), row("1.1", "prod", 25, 300, 900)];

it("adds up releases over environments, and environments over releases", () => {
  expect(placesOf(ROWS, "release")).toEqual([
    { name: "1.0", count: 75, share: 0.75, first_seen: 50, last_seen: 200 },
    { name: "1.1", count: 25, share: 0.25, first_seen: 300, last_seen: 900 },
  ]);
  expect(placesOf(ROWS, "environment").map((place) => [place.name, place.count])).toEqual([
    ["prod", 85],
    ["staging", 15],
  ]);
  expect(placesOf([], "release")).toEqual([]);
});

it("sorts by counts and by times", () => {
  const places = placesOf(ROWS, "release");
  expect(ordered(places, "count").map((place) => place.name)).toEqual(["1.0", "1.1"]);
  expect(ordered(places, "last_seen").map((place) => place.name)).toEqual(["1.1", "1.0"]);
  expect(ordered(places, "first_seen").map((place) => place.name)).toEqual(["1.1", "1.0"]);
});

it("finds places by a part of their names, whatever the case", () => {
  const places = placesOf([row("Web@1.0", "prod", 1), row("ios@1.0", "prod", 1)], "release");
  expect(found(places, " web").map((place) => place.name)).toEqual(["Web@1.0"]);
  expect(found(places, "")).toHaveLength(2);
});
