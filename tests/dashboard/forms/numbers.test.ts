import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** The `<Field … />` elements of the dashboard that take a number, by their labels. */
const numberFields = globSync("src/dashboard/**/*.tsx").flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/<Field\s(?:(?!\/>)[\s\S])*?\/>/g)]
    .map(([field]) => field)
    .filter((field) => /type="number"|\((?:seconds|minutes|hours)\)/.test(field))
    .map((field) => [/label=(?:"([^"]+)"|\{([^}]+)\})/.exec(field)?.[0] ?? file, field] as const),
);

describe("the number fields of the dashboard's forms", () => {
  it("the number fields are found", () => {
    expect(numberFields.length).toBeGreaterThan(8);
  });

  it.each(numberFields)("an emptied number is refused or means something, and is never saved as 0: %s", (_, field) => {
    expect(/\n\s*required\n|Leave empty/.test(field)).toBe(true);
  });
});
