import { describe, expect, it } from "vitest";
import { ApiWorld } from "../world.ts";

describe("webhooks", () => {
  it("a first webhook disables the default, the last one's deletion enables it, each in the same write", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const path = `/data-layers/${id}/webhooks`;
    const enabled = async () => (await world.get(path)).at("defaultWebhook.enabled");
    expect(await enabled()).toBe(true);
    const one = await world.post(path, { name: "One" });
    expect(await enabled()).toBe(false);
    const two = await world.post(path, { name: "Two" });
    await world.delete(`${path}/${one.textAt("ref")}`);
    expect(await enabled()).toBe(false);
    await world.delete(`${path}/${two.textAt("id")}`);
    expect(await enabled()).toBe(true);
    const actions = (await world.auditActions()).slice(1);
    expect(actions).toEqual([
      "webhook.created",
      "default_webhook.disabled",
      "webhook.created",
      "webhook.deleted",
      "webhook.deleted",
      "default_webhook.enabled",
    ]);
  });

  it("ten webhooks added at once are all kept, and the default is disabled once", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const path = `/data-layers/${id}/webhooks`;
    const made = await Promise.all(Array.from({ length: 10 }, (_, i) => world.post(path, { name: `CMS ${i}` })));
    expect(made.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
    expect((await world.get(path)).listAt("items")).toHaveLength(10);
    const actions = await world.auditActions();
    expect(actions.filter((action) => action === "default_webhook.disabled")).toHaveLength(1);
    expect(actions.filter((action) => action === "webhook.created")).toHaveLength(10);
  });

  it("a new webhook is answered with its URL, and its Location does not hold the secret", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const made = await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" });
    expect(made.status).toBe(201);
    const publish = "https://hooks.example.com/hooks/data_layer/data_source/publish";
    expect(made.at("url")).toBe(`${publish}/${id}/${made.textAt("id")}`);
    expect(made.headers.get("location")).toBe(`/api/v1/data-layers/${id}/webhooks/${made.textAt("ref")}`);
    expect(made.at("createdBy.name")).toBe("Owner token");
  });

  it("a webhook is read and renamed by ref and by id", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const made = await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" });
    const byRef = `/data-layers/${id}/webhooks/${made.textAt("ref")}`;
    const byId = `/data-layers/${id}/webhooks/${made.textAt("id")}`;
    expect((await world.get(byRef)).at("")).toEqual((await world.get(byId)).at(""));
    expect((await world.patch(byId, { name: "Shop CMS" })).at("name")).toBe("Shop CMS");
    const read = await world.get(byRef);
    expect(read.at("name")).toBe("Shop CMS");
    const etag = read.headers.get("etag") ?? "";
    expect((await world.patch(byRef, { name: "Third" }, { headers: { "if-match": etag } })).status).toBe(200);
    expect((await world.patch(byRef, { name: "Fourth" }, { headers: { "if-match": etag } })).status).toBe(412);
    expect((await world.get(byRef, { headers: { "if-none-match": etag } })).status).toBe(200);
  });

  it("a deleted webhook is not found any more, by either name", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const made = await world.post(`/data-layers/${id}/webhooks`, { name: "CMS" });
    const paths = [made.textAt("ref"), made.textAt("id")].map((name) => `/data-layers/${id}/webhooks/${name}`);
    expect((await world.delete(paths[0] ?? "")).status).toBe(204);
    for (const path of paths) {
      for (const answer of [await world.get(path), await world.patch(path, { name: "x" }), await world.delete(path)]) {
        expect([answer.status, answer.at("code")]).toEqual([404, "WEBHOOK_NOT_FOUND"]);
      }
    }
  });

  it("a chosen id is kept, and taken only once in its layer", async () => {
    const world = new ApiWorld();
    const [a, b] = [await world.layer(), await world.layer()];
    const body = { name: "Moved", id: "chosen_id-0123" };
    expect((await world.post(`/data-layers/${a}/webhooks`, body)).at("id")).toBe("chosen_id-0123");
    const taken = await world.post(`/data-layers/${a}/webhooks`, body);
    expect([taken.status, taken.at("code")]).toEqual([409, "ID_TAKEN"]);
    expect((await world.post(`/data-layers/${b}/webhooks`, body)).status).toBe(201);
    for (const id of ["short", "x".repeat(129), "white space", "../../etc", ""]) {
      expect((await world.post(`/data-layers/${a}/webhooks`, { name: "x", id })).status).toBe(400);
    }
  });

  it("a layer takes a hundred and says so at the next", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    for (let i = 0; i < 100; i += 1) {
      expect((await world.post(`/data-layers/${id}/webhooks`, { name: `CMS ${i}` })).status).toBe(201);
    }
    const refused = await world.post(`/data-layers/${id}/webhooks`, { name: "One too many" });
    expect([refused.status, refused.at("code"), refused.at("limit")]).toEqual([409, "LIMIT_REACHED", 100]);
  });

  it("webhooks are listed newest first, page by page, with others created and deleted in between", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const path = `/data-layers/${id}/webhooks`;
    const refs: string[] = [];
    for (let i = 0; i < 7; i += 1) {
      refs.push((await world.post(path, { name: `CMS ${i}` })).textAt("ref"));
      world.now += 10;
    }
    const first = await world.get(`${path}?limit=3`);
    await world.post(path, { name: "New" });
    await world.delete(`${path}/${refs[4] ?? ""}`);
    const second = await world.get(`${path}?limit=3&cursor=${first.textAt("nextCursor")}`);
    const third = await world.get(`${path}?limit=3&cursor=${second.textAt("nextCursor")}`);
    const names = [first, second, third].flatMap((page) =>
      page.listAt("items").map((_, i) => page.at(`items.${i}.name`)),
    );
    expect(names).toEqual(["CMS 6", "CMS 5", "CMS 4", "CMS 3", "CMS 2", "CMS 1", "CMS 0"]);
    expect(third.at("nextCursor")).toBe(null);
  });
});
