import { beforeEach, describe, expect, test } from "vitest";
import { STATUS_LINKS } from "../../src/core/limits.ts";
import { dig } from "../api/answer.ts";
import { StatusWorld } from "./statusWorld.ts";

let world: StatusWorld;
let links: string;
beforeEach(async () => {
  world = await new StatusWorld().begin();
  links = `/data-layers/${world.layerId}/status-links`;
});

describe("status links", () => {
  test("a status link is shown with its URLs to those who may change it, and without them to others", async () => {
    const made = await world.post(links, { name: "Agency", frameAncestors: ["https://app.contentful.com/"] });
    expect(made.status).toBe(201);
    const url = made.textAt("url");
    expect(url).toMatch(/^https:\/\/hooks\.example\.com\/status\/[A-Za-z0-9_-]{16,128}$/);
    expect(made.at("badgeUrl")).toBe(`${url}/badge.svg`);
    expect(made.at("frameAncestors")).toEqual(["https://app.contentful.com"]);
    expect((await world.get(links)).at("items.0")).toEqual(made.at(""));
    const read = await world.get(links, { as: "Reviewer" });
    expect(read.at("items.0.name")).toBe("Agency");
    expect(read.text).not.toContain("url");
    expect(read.text).not.toContain("badgeUrl");
  });

  test("a status link's token is neither stored nor logged in clear", async () => {
    const token = world.path.split("/").at(-1) ?? "";
    expect(token.length).toBeGreaterThan(16);
    expect(await world.dump()).not.toContain(token);
    expect(JSON.stringify(world.facts)).not.toContain(token);
  });

  test("a status link has an entry in the audit log when it is made and when it is deleted", async () => {
    const ref = (await world.get(links)).textAt("items.0.ref");
    expect((await world.delete(`${links}/${ref}`)).status).toBe(204);
    const entries = (await world.audit()).filter((entry) => String(dig(entry, "action")).startsWith("status_link."));
    expect(entries.map((entry) => [dig(entry, "action"), dig(entry, "target")])).toEqual([
      ["status_link.created", { type: "status_link", id: ref, name: "Editors" }],
      ["status_link.deleted", { type: "status_link", id: ref, name: "Editors" }],
    ]);
  });

  test("a deleted status link leaves nothing behind in the store, and neither does a deleted layer", async () => {
    const places = async () => [...(await world.stored()).keys()].filter((key) => key.startsWith("status-links/"));
    const before = await world.get(links);
    await world.link({ name: "Second" });
    expect(await places()).toHaveLength(2);
    await world.delete(`${links}/${before.textAt("items.0.ref")}`);
    expect(await places()).toHaveLength(1);
    await world.delete(`/data-layers/${world.layerId}`);
    expect(await places()).toEqual([]);
  });

  test("a status link that was deleted twice is unknown the second time", async () => {
    const ref = (await world.get(links)).textAt("items.0.ref");
    await world.delete(`${links}/${ref}`);
    const again = await world.delete(`${links}/${ref}`);
    expect([again.status, again.at("code")]).toEqual([404, "STATUS_LINK_NOT_FOUND"]);
  });

  test("a data layer has a bounded number of status links, and a refused one leaves nothing behind", async () => {
    for (let made = 1; made < STATUS_LINKS; made += 1) await world.link({ name: `Link ${made}` });
    const before = (await world.stored()).size;
    const refused = await world.post(links, { name: "One more" });
    expect([refused.status, refused.at("code"), refused.at("limit")]).toEqual([409, "LIMIT_REACHED", STATUS_LINKS]);
    expect((await world.stored()).size).toBe(before);
  });

  test("a status link whose reply was lost is made once, and one that was deleted since does not come back", async () => {
    let lost = 0;
    world.store.fault = (op, key) => {
      if (op !== "write" || !key.startsWith("layers/") || lost > 0) return "none";
      lost += 1;
      return "reply-lost";
    };
    expect((await world.post(links, { name: "Once" })).status).toBe(201);
    const names = (await world.get(links)).listAt("items").map((item) => dig(item, "name"));
    expect(names).toEqual(["Once", "Editors"]);
  });

  test.each([
    ["http://cms.example.com", "must begin with https://"],
    ["https://cms.example.com/editor", "must be a scheme and a host"],
    ["https://cms.example.com?a", "must be a scheme and a host"],
    ["https://a@cms.example.com", "must be a scheme and a host"],
    ["https://a;script-src", "must be a scheme and a host"],
    ["https://*.example.com", "must be a scheme and a host"],
    ["https://x,y", "must be a scheme and a host"],
    ["'self'", "must be a scheme and a host"],
    ["*", "must be a scheme and a host"],
    ["http://localhost:3333", "must not point to this machine|must begin with https"],
    ["https://localhost:3333", "must not point to this machine"],
    [`https://${"a".repeat(130)}.com`, "must have at most 100 bytes"],
  ])("an origin that may frame is refused if it is %s", async (origin, reason) => {
    const refused = await world.post(links, { name: "Frame", frameAncestors: [origin] });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "frameAncestors.0"]);
    expect(refused.textAt("errors.0.message")).toMatch(new RegExp(reason));
  });

  test("a CMS of an internal network may frame a status page, because a browser does it", async () => {
    const made = await world.post(links, { name: "Frame", frameAncestors: ["https://cms.intranet.corp:8443"] });
    expect([made.status, made.at("frameAncestors")]).toEqual([201, ["https://cms.intranet.corp:8443"]]);
  });
});
