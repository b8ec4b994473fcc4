import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Member, whyNot } from "../../src/dashboard/api/session.tsx";

const member = (role: string, dataLayers: string[] | null): Member => ({
  session: { actor: { id: "u", name: "U", email: "u@example.com" }, role, via: "token", dataLayers },
  writes: role !== "Reviewer",
  owns: role === "Owner",
  signOut: async () => {},
});

/** Code that changes a site or adds a layer, which the API refuses to a token of some layers. */
const CHANGES_SYSTEM = /ask(?:<\w+>)?\(\s*"(?:POST|PATCH|DELETE)",\s*[`"]\/(?:sites|data-layers[?"`])/;

describe("what the dashboard lets a member do", () => {
  it("a token of some layers changes its layers and sees why it changes no site", () => {
    const scoped = member("Developer", ["blog"]);
    expect(whyNot(scoped, "writer")).toBeNull();
    expect(whyNot(scoped, "system")).toMatch(/all layers/);
    expect(whyNot(member("Developer", null), "system")).toBeNull();
    expect(whyNot(member("Reviewer", null), "system")).toMatch(/Reviewer/);
    expect(whyNot(member("Reviewer", ["blog"]), "system")).toMatch(/Reviewer/);
  });

  it("a control that changes a site or adds a layer is disabled for a token of some layers", () => {
    const files = globSync("src/dashboard/**/*.tsx").filter((file) => CHANGES_SYSTEM.test(readFileSync(file, "utf8")));
    expect(files.length).toBeGreaterThan(5);
    expect(files.filter((file) => /needs="writer"|whyNot\(\w+, "writer"\)/.test(readFileSync(file, "utf8")))).toEqual(
      [],
    );
  });
});
