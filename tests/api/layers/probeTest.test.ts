import { describe, expect, it } from "vitest";
import type { OutgoingAnswer, OutgoingRequest } from "../../../src/app/deps.ts";
import { ApiWorld, done } from "../world.ts";

const KEY = 'very-secret-"key"';
const probe = {
  slug: "cms",
  type: "probe",
  url: "https://cms.example.com/entries",
  headers: { authorization: `Bearer ${KEY}` },
};

/** The limit of tries counts by the layer's id, so each world has another. */
let worlds = 0;

/** A world whose outgoing requests are kept and answered with a text. */
const probed = async (
  text: string,
  more: Partial<OutgoingAnswer> = {},
): Promise<{ world: ApiWorld; asked: OutgoingRequest[]; path: string; id: string }> => {
  const world = new ApiWorld();
  const asked: OutgoingRequest[] = [];
  world.answering = async (request) => {
    asked.push(request);
    return { ...done(text), ...more } as OutgoingAnswer;
  };
  worlds += 1;
  const id = await world.layer({ id: `probed-${String(worlds).padStart(8, "0")}`, dataSources: [probe] });
  return { world, asked, id, path: `/data-layers/${id}/data-sources/test` };
};

describe("the try of a probe", () => {
  it("a try shows what would be compared and what could be, and changes nothing", async () => {
    const { world, asked, path } = await probed('{"b":1,"items":[{"updatedAt":"2026-01-31","x/y":true}]}');
    const stored = await world.dump();
    const whole = await world.post(path, { slug: "new", type: "probe", url: probe.url });
    expect(whole.status).toBe(200);
    expect(whole.at("compared")).toBe('{"b":1,"items":[{"updatedAt":"2026-01-31","x/y":true}]}');
    expect(whole.at("places")).toEqual(["/b", "/items/0/updatedAt"]);
    expect(asked[0]?.headers).toEqual({ accept: "application/json" });
    const part = await world.post(path, { slug: "new", type: "probe", url: probe.url, pick: "/items/0" });
    expect([part.at("compared"), part.at("reason"), part.at("status")]).toEqual([
      ...['{"updatedAt":"2026-01-31","x/y":true}', null, 200],
    ]);
    expect(await world.dump()).toBe(stored);
    expect(await world.audit()).toHaveLength(1);
  });

  it("a try sends stored headers to their own origin alone, and shows none of their values", async () => {
    const { world, asked, path } = await probed(JSON.stringify({ sent: `Bearer ${KEY}`, half: KEY }));
    const { headers: _headers, ...bare } = probe;
    const tried = await world.post(path, { ...bare, url: "https://cms.example.com/other" });
    expect(asked.at(-1)?.headers).toMatchObject({ authorization: `Bearer ${KEY}` });
    expect(tried.at("compared")).toBe('{"sent":"…","half":"…"}');
    expect(tried.text).not.toContain("very-secret");
    const count = asked.length;
    const elsewhere = await world.post(path, { ...bare, url: "https://elsewhere.example.com/" });
    expect([elsewhere.status, elsewhere.at("errors.0.path"), asked.length]).toEqual([400, "headers", count]);
    await world.post(path, { ...bare, url: "https://elsewhere.example.com/", headers: { "x-other": "another" } });
    expect(asked.at(-1)?.headers).toEqual({ accept: "application/json", "x-other": "another" });
  });

  it("a try masks the value of a header also percent-encoded and in Base64, with and without the word before it", async () => {
    const forms = [encodeURIComponent(`Bearer ${KEY}`), Buffer.from(`Bearer ${KEY}`).toString("base64"), btoa(KEY)];
    const { world, path } = await probed(JSON.stringify([...forms, Buffer.from(KEY).toString("base64url")]));
    expect((await world.post(path, probe)).textAt("compared").replaceAll("=", "")).toBe('["…","…","…","…"]');
  });

  it.each([
    [{ status: 403 }, {}, "the URL answered 403"],
    [{ status: 302 }, {}, "follows no redirects"],
    [{ cut: true }, {}, "longer than 1 MB"],
    [{}, { pick: "/nothing" }, "the answer has nothing at /nothing"],
  ])("a try says why there is nothing to compare: %j %j", async (answer, fields, reason) => {
    const { world, path } = await probed('{"a":1}', answer);
    const tried = await world.post(path, { ...probe, ...fields });
    expect([tried.status, tried.at("compared")]).toEqual([200, null]);
    expect(tried.textAt("reason")).toContain(reason);
  });

  it("a long answer is shown in its beginning", async () => {
    const { world, path } = await probed("x".repeat(5000));
    const tried = await world.post(path, probe);
    expect([tried.textAt("compared").length, tried.at("isCut"), tried.at("places")]).toEqual([2000, true, []]);
  });

  it("a try calls no address that may not be called, and nobody who only reads may try", async () => {
    const { world, asked, path } = await probed("{}");
    const refused = await world.post(path, { ...probe, url: "https://10.0.0.1/" });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "url"]);
    expect((await world.post(path, probe, { as: "Reviewer" })).status).toBe(403);
    expect(asked).toEqual([]);
  });

  it("the eleventh try of a layer within a minute is refused and calls nothing", async () => {
    const { world, asked, path } = await probed("{}");
    world.now += 3_600_000;
    for (let count = 0; count < 10; count += 1) expect((await world.post(path, probe)).status).toBe(200);
    world.now += 30_000;
    const refused = await world.post(path, probe);
    expect([refused.status, refused.at("code"), asked.length]).toEqual([429, "TOO_MANY_TRIES", 10]);
    expect(refused.textAt("detail")).toContain("Each instance of the API tries a data layer's probes at most 10 times");
    expect(refused.headers.get("retry-after")).toBe("30");
    world.now += 30_000;
    expect((await world.post(path, probe)).status).toBe(200);
  });

  it("nobody waits for an instance's clock that was an hour ahead", async () => {
    const { world, path } = await probed("{}");
    world.now += 3_600_000;
    for (let count = 0; count < 10; count += 1) expect((await world.post(path, probe)).status).toBe(200);
    world.now -= 3_600_000;
    expect((await world.post(path, probe)).status).toBe(200);
  });
});
