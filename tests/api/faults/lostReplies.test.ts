import { describe, expect, it } from "vitest";
import { layerKey } from "../../../src/store/keys.ts";
import { ApiWorld, type Json } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
const blog = { slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog" };

/** The next write of a document lands, and its reply is lost. */
const loseNextReply = (world: ApiWorld, prefix = "layers/"): void => {
  let lost = false;
  world.store.fault = (op, key) => {
    if (lost || op !== "write" || !key.startsWith(prefix)) return "none";
    lost = true;
    return "reply-lost";
  };
};

const actionOf = (entry: Json): unknown =>
  typeof entry === "object" && entry !== null && "action" in entry ? entry["action"] : null;

const newActions = async (world: ApiWorld, act: () => Promise<void>): Promise<unknown[]> => {
  const before = (await world.audit()).length;
  await act();
  return (await world.audit()).slice(before).map(actionOf);
};

describe("a change whose reply was lost is made once and answered as made", () => {
  it("a lost reply when a layer is created, under a new id or a chosen one, creates it once", async () => {
    const world = new ApiWorld();
    for (const fields of [{}, { id: "chosen-by-hand" }]) {
      const actions = await newActions(world, async () => {
        loseNextReply(world);
        expect((await world.post("/data-layers", { name: "Content", dataSources: [blog], ...fields })).status).toBe(
          201,
        );
      });
      expect(actions).toEqual(["data_layer.created"]);
    }
    expect((await world.get("/data-layers")).listAt("items")).toHaveLength(2);
  });

  it("a lost reply when a layer is changed, also with If-Match, changes it once", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const etag = (await world.get(`/data-layers/${id}`)).headers.get("etag") ?? "";
    const actions = await newActions(world, async () => {
      loseNextReply(world);
      const changed = await world.patch(`/data-layers/${id}`, { name: "New" }, { headers: { "if-match": etag } });
      expect([changed.status, changed.at("name")]).toEqual([200, "New"]);
    });
    expect(actions).toEqual(["data_layer.updated"]);
  });

  it("a lost reply when a layer is deleted deletes it once", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const actions = await newActions(world, async () => {
      loseNextReply(world);
      expect((await world.delete(`/data-layers/${id}`)).status).toBe(204);
    });
    expect(actions).toEqual(["data_layer.deleted"]);
  });

  it("a lost reply when a webhook is added, renamed or deleted does it once", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const path = `/data-layers/${id}/webhooks`;
    const actions = await newActions(world, async () => {
      loseNextReply(world);
      const made = await world.post(path, { name: "CMS", id: "chosen-by-hand" });
      expect(made.status).toBe(201);
      const one = `${path}/${made.textAt("ref")}`;
      const etag = (await world.get(one)).headers.get("etag") ?? "";
      loseNextReply(world);
      expect((await world.patch(one, { name: "Shop" }, { headers: { "if-match": etag } })).status).toBe(200);
      loseNextReply(world);
      expect((await world.delete(one)).status).toBe(204);
    });
    expect(actions).toEqual([
      "webhook.created",
      "default_webhook.disabled",
      "webhook.updated",
      "webhook.deleted",
      "default_webhook.enabled",
    ]);
  });

  it("a webhook's new URL is the one that is answered, and a restored webhook is restored once", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const path = `/data-layers/${id}/webhooks`;
    const made = await world.post(path, { name: "CMS" });
    const actions = await newActions(world, async () => {
      // Also where the path names it by the id that the rotation takes from it.
      for (const name of [made.textAt("id"), made.textAt("ref")]) {
        loseNextReply(world);
        const rotated = await world.post(`${path}/${name}/rotate`);
        expect(rotated.status).toBe(200);
        expect((await world.get(`${path}/${made.textAt("ref")}`)).at("id")).toBe(rotated.at("id"));
      }
      await world.delete(`${path}/${made.textAt("ref")}`);
      loseNextReply(world);
      expect((await world.post(`${path}/${made.textAt("ref")}/restore`)).at("ref")).toBe(made.at("ref"));
    });
    const undone = ["webhook.deleted", "default_webhook.enabled", "webhook.restored", "default_webhook.disabled"];
    expect(actions).toEqual(["webhook.rotated", "webhook.rotated", ...undone]);
  });

  it("a lost reply when a secret is rotated: the secret in the answer is the one that signs", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    loseNextReply(world);
    const rotated = await world.post(`/data-layers/${id}/data-sources/blog/secret`);
    expect((await world.get(`/data-layers/${id}`)).at("dataSources.0.secret")).toBe(rotated.at("secret"));
  });

  it("a lost reply when a sync is requested or cancelled does it once", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const actions = await newActions(world, async () => {
      loseNextReply(world);
      const asked = await world.post(`/data-layers/${id}/syncs`);
      expect([asked.status, asked.at("outcome")]).toEqual([202, "queued"]);
      const sync = `/data-layers/${id}/syncs/${asked.textAt("syncId")}`;
      expect((await world.get(sync)).at("deliveries")).toBe(1);
      loseNextReply(world);
      const cancelled = await world.post(`${sync}/cancel`);
      expect([cancelled.status, cancelled.at("status")]).toEqual([202, "cancelled"]);
    });
    expect(actions).toEqual(["sync.requested", "sync.cancelled"]);
  });

  it("a lost reply when a site is created, changed or deleted does it once", async () => {
    const world = new ApiWorld();
    const actions = await newActions(world, async () => {
      loseNextReply(world, "sites/");
      const path = `/sites/${(await world.post("/sites", { name: "Web", buildHook })).textAt("id")}`;
      const etag = (await world.get(path)).headers.get("etag") ?? "";
      loseNextReply(world, "sites/");
      expect((await world.patch(path, { name: "Website" }, { headers: { "if-match": etag } })).status).toBe(200);
      loseNextReply(world, "sites/");
      expect((await world.delete(path)).status).toBe(204);
    });
    expect(actions).toEqual(["site.created", "site.updated", "site.deleted"]);
  });
});

describe("an archive that takes nothing", () => {
  it("an archive that accepts nothing loses no entry: what it owes is appended once it accepts again, nothing twice", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    world.store.fault = (op, key) => (op === "write" && key.startsWith("audit/") ? "down" : "none");
    for (const name of ["One", "Two"]) await world.post(`/data-layers/${id}/webhooks`, { name });
    expect((await world.audit()).map(actionOf)).toEqual(["data_layer.created"]);
    world.store.fault = (op, key) => (op === "write" && key.startsWith("audit/") ? "reply-lost" : "none");
    await world.post(`/data-layers/${id}/webhooks`, { name: "Three" });
    world.store.fault = () => "none";
    await world.post(`/data-layers/${id}/webhooks`, { name: "Four" });
    expect((await world.audit()).map(actionOf)).toEqual([
      "data_layer.created",
      "webhook.created",
      "default_webhook.disabled",
      "webhook.created",
      "webhook.created",
      "webhook.created",
    ]);
    expect((await world.store.memory.read(layerKey(id)))?.text).toContain('"owed":[]');
  });

  it("an archive that accepts nothing stops changes, not deliveries, once the outbox is full, and lets changes go on afterwards", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    world.store.fault = (op, key) => (op === "write" && key.startsWith("audit/") ? "down" : "none");
    let refused = await world.patch(`/data-layers/${id}`, { name: "0" });
    for (let i = 1; i < 80 && refused.status === 200; i += 1) {
      refused = await world.patch(`/data-layers/${id}`, { name: String(i) });
    }
    expect([refused.status, refused.at("code")]).toEqual([503, "AUDIT_BACKLOG"]);
    expect((await world.post(`/data-layers/${id}/syncs`)).status).toBe(503);
    expect((await world.delete(`/data-layers/${id}`)).status).toBe(503);
    world.store.fault = () => "none";
    expect((await world.patch(`/data-layers/${id}`, { name: "at last" })).status).toBe(200);
  });
});

describe("a change whose reply was lost is not made again after somebody else's", () => {
  /** The write lands, its reply is lost, and before it is looked for somebody else changes the same thing. */
  const between = async (world: ApiWorld, prefix: string, others: () => Promise<unknown>): Promise<void> => {
    loseNextReply(world, prefix);
    const { fault } = world.store;
    let lost = false;
    world.store.fault = (op, key) => {
      const is = fault(op, key);
      lost ||= is === "reply-lost";
      return is;
    };
    const read = world.store.read.bind(world.store);
    world.store.read = async (key) => {
      if (lost) {
        lost = false;
        world.store.read = read;
        await others();
      }
      return read(key);
    };
  };

  it("a new name of a webhook is given once though the reply was lost, and its entry is owed once", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const path = `/data-layers/${id}/webhooks/${(await world.post(`/data-layers/${id}/webhooks`, { name: "A" })).textAt("ref")}`;
    const actions = await newActions(world, async () => {
      await between(world, "layers/", () => world.patch(path, { name: "Theirs" }));
      expect((await world.patch(path, { name: "Mine" })).status).toBe(200);
    });
    expect((await world.get(path)).at("name")).toBe("Theirs");
    expect(actions).toEqual(["webhook.updated", "webhook.updated"]);
  });

  it("a new name of a site is given once though the reply was lost", async () => {
    const world = new ApiWorld();
    const path = `/sites/${(await world.post("/sites", { name: "A", buildHook })).textAt("id")}`;
    const actions = await newActions(world, async () => {
      await between(world, "sites/", () => world.patch(path, { name: "Theirs" }));
      expect((await world.patch(path, { name: "Mine" })).status).toBe(200);
    });
    expect((await world.get(path)).at("name")).toBe("Theirs");
    expect(actions).toEqual(["site.updated", "site.updated"]);
  });

  const chosen = { id: "kept-from-elsewhere", name: "Content", dataSources: [blog] };
  const path = `/data-layers/${chosen.id}`;
  const makeAnew = async (world: ApiWorld): Promise<void> => {
    await world.delete(path);
    expect((await world.post("/data-layers", { ...chosen, name: "Anew" })).status).toBe(201);
  };

  it("a change meant for a layer is not made to another layer created under its id since", async () => {
    const acts: readonly [number, string, (world: ApiWorld) => Promise<{ status: number }>][] = [
      [404, "sync.requested", (world) => world.post(`${path}/syncs`, {})],
      [404, "data_layer.updated", (world) => world.patch(path, { name: "Mine" })],
      [404, "webhook.created", (world) => world.post(`${path}/webhooks`, { name: "Mine" })],
      [204, "data_layer.deleted", (world) => world.delete(path)],
    ];
    for (const [status, action, act] of acts) {
      const world = new ApiWorld();
      await world.post("/data-layers", chosen);
      const actions = await newActions(world, async () => {
        await between(world, "layers/", () => makeAnew(world));
        expect((await act(world)).status).toBe(status);
      });
      expect((await world.get(path)).at("name")).toBe("Anew");
      expect((await world.get(`${path}/webhooks`)).listAt("items")).toEqual([]);
      expect(actions.filter((one) => one === action)).toHaveLength(1);
    }
  });

  it("a layer that was made and then deleted stays deleted", async () => {
    const world = new ApiWorld();
    const actions = await newActions(world, async () => {
      await between(world, "layers/", () => world.delete(path));
      expect((await world.post("/data-layers", chosen)).status).toBe(201);
    });
    expect((await world.get(path)).status).toBe(404);
    expect((await world.get("/data-layers")).listAt("items")).toEqual([]);
    expect(actions).toEqual(["data_layer.created", "data_layer.deleted"]);
  });

  it("a site that was made and then deleted stays deleted", async () => {
    const world = new ApiWorld();
    const actions = await newActions(world, async () => {
      await between(world, "sites/", async () => {
        const [key = ""] = (await world.store.memory.list("sites/")).map((entry) => entry.key);
        expect((await world.delete(`/${key}`)).status).toBe(204);
      });
      const made = await world.post("/sites", { name: "A", buildHook });
      expect(made.status).toBe(201);
      expect((await world.get(`/sites/${made.textAt("id")}`)).status).toBe(404);
    });
    expect((await world.get("/sites")).listAt("items")).toEqual([]);
    expect(actions).toEqual(["site.created", "site.deleted"]);
  });

  it("one of two requests that choose the same id at once is refused, and the other's layer is in the list", async () => {
    const world = new ApiWorld();
    const both = await Promise.all([world.post("/data-layers", chosen), world.post("/data-layers", chosen)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect((await world.get("/data-layers")).listAt("items")).toHaveLength(1);
  });
});
