import { expect, it } from "vitest";
import { withoutSaved } from "../../../src/dashboard/api/useDraft.ts";

it("a field that a person types into while its form is saved keeps what was typed", () => {
  const saved = { name: "Shop", branch: "main", publicUrl: "" };
  expect(withoutSaved({ ...saved, branch: "next" }, saved)).toEqual({ branch: "next" });
  expect(withoutSaved<typeof saved>({ branch: "next" }, { name: "Shop" })).toEqual({ branch: "next" });
});
