import { describe, expect, it } from "vitest";
import { Problem } from "../src/api/client";
import { errorsOf } from "../src/forms";

const FIELDS = { slug: /slug/i, name: /^name\b/i };

describe("what the server refuses", () => {
  it.each([
    ["Name is required.", { name: "Name is required." }],
    ["Name must be at most 200 characters.", { name: "Name must be at most 200 characters." }],
    ["A project with that slug already exists.", { slug: "A project with that slug already exists." }],
    [
      "Slug must be lowercase alphanumeric with hyphens.",
      { slug: "Slug must be lowercase alphanumeric with hyphens." },
    ],
    ["There is no field colour.", { form: "There is no field colour." }],
  ])("%s stands where it belongs", (message, errors) => {
    expect(errorsOf(new Problem(message, 400), FIELDS)).toEqual(errors);
  });

  it("is about a field only if it is a refusal of what was typed", () => {
    expect(errorsOf(new Problem("Name of the host is unknown.", 0), FIELDS)).toEqual({
      form: "Name of the host is unknown.",
    });
    expect(errorsOf(new TypeError("name is undefined"), FIELDS)).toEqual({ form: "name is undefined" });
  });
});
