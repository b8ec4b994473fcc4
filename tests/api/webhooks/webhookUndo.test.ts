import { beforeEach, describe, expect, it } from "vitest";
import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import { type Answer, readAnswer } from "../answer.ts";
import { ApiWorld } from "../world.ts";

const SECOND = 1000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

let world: ApiWorld;
let layerId: string;
let path: string;

beforeEach(async () => {
  world = new ApiWorld();
  layerId = await world.layer();
  path = `/data-layers/${layerId}/webhooks`;
});

/** A CMS sends to this address; what comes after the answer is done too. */
const publish = async (rest: string, init: RequestInit = {}): Promise<Answer> => {
  const after: Promise<unknown>[] = [];
  const request = new Request(`https://hooks.example.com/hooks/data_layer/data_source/publish/${layerId}${rest}`, {
    method: "POST",
    ...init,
  });
  const answer = await readAnswer(await answerPublish(request, world.deps, (work) => after.push(work)));
  await Promise.all(after);
  return answer;
};

const made = async (fields: Record<string, unknown> = {}): Promise<Answer> =>
  world.post(path, { name: "CMS", ...fields });

describe("a webhook is given a new URL", () => {
  it("a new URL leaves the former one accepted until the chosen time, and then counts alone", async () => {
    const hook = await made();
    const rotated = await world.post(`${path}/${hook.textAt("ref")}/rotate`, { keepOldForSeconds: 60 });
    expect(rotated.status).toBe(200);
    expect(rotated.at("ref")).toBe(hook.at("ref"));
    expect(rotated.at("id")).not.toBe(hook.at("id"));
    expect(rotated.textAt("url").endsWith(rotated.textAt("id"))).toBe(true);
    expect(rotated.at("previous")).toEqual({
      until: new Date(world.now + 60 * SECOND).toISOString(),
      lastDeliveryAt: null,
    });
    expect(rotated.text).not.toContain(hook.textAt("id"));
    const [former, present] = [`/${hook.textAt("id")}`, `/${rotated.textAt("id")}`];
    expect((await publish(former)).status).toBe(200);
    expect((await publish(present)).status).toBe(200);
    world.now += 60 * SECOND;
    expect((await publish(former)).status).toBe(200);
    world.now += 1;
    const refused = await publish(former);
    expect([refused.status, refused.at("code")]).toEqual([401, "WEBHOOK_ROTATED"]);
    expect((await publish(present)).status).toBe(200);
    expect((await world.get(`${path}/${hook.textAt("ref")}`)).at("previous")).toBe(null);
  });

  it("a new URL leaves the former one accepted for a day by default", async () => {
    const hook = await made();
    const rotated = await world.post(`${path}/${hook.textAt("ref")}/rotate`);
    expect(rotated.at("previous.until")).toBe(new Date(world.now + DAY).toISOString());
  });

  it("a new URL shows when a delivery last used the former one, noted at most once in ten minutes", async () => {
    const hook = await made();
    await world.post(`${path}/${hook.textAt("id")}/rotate`, {});
    const lastAt = async () => (await world.get(path)).at("items.0.previous.lastDeliveryAt");
    const used = new Date(world.now).toISOString();
    await publish(`/${hook.textAt("id")}`);
    expect(await lastAt()).toBe(used);
    world.now += 100;
    // Answered from the read alone, so that nothing is written for it.
    const { writes } = world.store.counts;
    await publish(`/${hook.textAt("id")}`);
    expect(world.store.counts.writes).toBe(writes + 1);
    expect(await lastAt()).toBe(used);
    world.now += 11 * 60 * SECOND;
    await publish(`/${hook.textAt("id")}`);
    expect(await lastAt()).toBe(new Date(world.now).toISOString());
    const log = await world.get(`/data-layers/${layerId}/deliveries`);
    expect(log.at("items.0.formerUrl")).toBe(true);
  });

  it("a former URL's use is noted also where the delivery itself changes nothing", async () => {
    const hook = await made({ only: [{ header: "x-topic", in: ["publish"] }] });
    await world.post(`${path}/${hook.textAt("id")}/rotate`, {});
    expect((await publish(`/${hook.textAt("id")}`)).at("outcome")).toBe("ignored");
    expect((await world.get(path)).at("items.0.previous.lastDeliveryAt")).toBe(new Date(world.now).toISOString());
  });

  it("a new URL with no grace period drops the leaked one and those before it", async () => {
    const hook = await made();
    const ref = hook.textAt("ref");
    const once = await world.post(`${path}/${ref}/rotate`);
    const leaked = await world.post(`${path}/${ref}/rotate`, { keepOldForSeconds: 0 });
    expect([leaked.status, leaked.at("previous")]).toEqual([200, null]);
    for (const id of [hook.textAt("id"), once.textAt("id")]) expect((await publish(`/${id}`)).status).toBe(401);
    expect((await publish(`/${leaked.textAt("id")}`)).status).toBe(200);
  });

  it("a new URL's audit entry names no id, and hides both ids from readers", async () => {
    const hook = await made();
    const rotated = await world.post(`${path}/${hook.textAt("ref")}/rotate`, { keepOldForSeconds: 3600 });
    const entry = (await world.audit()).at(-1);
    const target = { type: "webhook", id: hook.textAt("ref"), name: "CMS" };
    expect(entry).toMatchObject({ action: "webhook.rotated", target, detail: { keepOldForSeconds: 3600 } });
    const seen = await world.get(path, { as: "Reviewer" });
    for (const secret of [hook.textAt("id"), rotated.textAt("id")]) {
      expect(seen.text).not.toContain(secret);
      expect(JSON.stringify([await world.audit(), world.facts])).not.toContain(secret);
    }
  });

  it("a new URL is never one that is still accepted", async () => {
    const hook = await made({ id: "chosen-by-hand" });
    await world.post(`${path}/${hook.textAt("ref")}/rotate`, { keepOldForSeconds: 60 });
    const taken = await made({ id: "chosen-by-hand" });
    expect([taken.status, taken.at("code")]).toEqual([409, "ID_TAKEN"]);
    world.now += 61 * SECOND;
    const free = await made({ id: "chosen-by-hand" });
    expect(free.status).toBe(201);
    expect((await publish("/chosen-by-hand")).status).toBe(200);
    expect((await world.get(`/data-layers/${layerId}/deliveries`)).at("items.0.webhook.ref")).toBe(free.at("ref"));
  });

  it("a new URL is refused while ten former ones are accepted, and the answer says what to do", async () => {
    const hook = await made();
    const rotate = (body?: unknown) => world.post(`${path}/${hook.textAt("ref")}/rotate`, body);
    for (let i = 0; i < 10; i += 1) expect((await rotate()).status).toBe(200);
    const refused = await rotate();
    expect([refused.status, refused.at("code"), refused.at("limit")]).toEqual([409, "LIMIT_REACHED", 10]);
    expect((await rotate({ keepOldForSeconds: 0 })).status).toBe(200);
  });

  it("a new URL keeps the former one for a whole number of seconds within a week", async () => {
    const hook = await made();
    for (const keepOldForSeconds of [-1, 604_801, 1.5, "60", null]) {
      const refused = await world.post(`${path}/${hook.textAt("ref")}/rotate`, { keepOldForSeconds });
      expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "keepOldForSeconds"]);
    }
    expect((await world.post(`${path}/none/rotate`)).at("code")).toBe("WEBHOOK_NOT_FOUND");
  });

  it("a delivery to a former URL does not make an admin's change of the settings conflict", async () => {
    const hook = await made();
    await world.post(`${path}/${hook.textAt("ref")}/rotate`);
    const etag = (await world.get(`${path}/${hook.textAt("ref")}`)).headers.get("etag") ?? "";
    await publish(`/${hook.textAt("id")}`);
    const renamed = await world.patch(
      `${path}/${hook.textAt("ref")}`,
      { name: "Shop" },
      { headers: { "if-match": etag } },
    );
    expect(renamed.status).toBe(200);
  });
});

describe("a deleted webhook is restored", () => {
  const verification = { scheme: "github", secret: "a-secret-of-the-sender" };

  it("a deleted webhook is restored as it was, by its ref or its id, within a day", async () => {
    const hook = await made({ verification, strict: true, only: [{ header: "x-topic", in: ["publish"] }] });
    for (const name of [hook.textAt("ref"), hook.textAt("id")]) {
      await world.delete(`${path}/${hook.textAt("ref")}`);
      world.now += DAY;
      expect((await publish(`/${hook.textAt("id")}`)).status).toBe(401);
      const back = await world.post(`${path}/${name}/restore`);
      expect([back.status, back.at("")]).toEqual([200, hook.at("")]);
      // Its senders are still asked for their proof.
      expect((await publish(`/${hook.textAt("id")}`)).at("code")).toBe("SIGNATURE_MISSING");
    }
    const actions = await world.auditActions();
    const around = ["webhook.deleted", "default_webhook.enabled", "webhook.restored", "default_webhook.disabled"];
    expect(actions.slice(-8)).toEqual([...around, ...around]);
  });

  it("a deleted webhook's senders learn that it is gone for good only once it cannot be restored", async () => {
    const hook = await made();
    await world.delete(`${path}/${hook.textAt("ref")}`);
    world.now += DAY;
    expect((await publish(`/${hook.textAt("id")}`)).status).toBe(401);
    world.now += 1;
    expect((await publish(`/${hook.textAt("id")}`)).status).toBe(410);
    const late = await world.post(`${path}/${hook.textAt("ref")}/restore`);
    expect([late.status, late.at("code")]).toEqual([409, "WEBHOOK_NOT_RESTORABLE"]);
    expect((await world.get(path)).at("restorable")).toEqual([]);
  });

  it("a deleted webhook stays in the list until it cannot be restored, with its id only for those who may see it", async () => {
    const hook = await made();
    world.now += HOUR;
    await world.delete(`${path}/${hook.textAt("ref")}`);
    const entry = {
      ref: hook.at("ref"),
      name: "CMS",
      createdAt: hook.at("createdAt"),
      deletedAt: new Date(world.now).toISOString(),
      restorableUntil: new Date(world.now + DAY).toISOString(),
    };
    expect((await world.get(path)).at("restorable")).toEqual([{ id: hook.at("id"), ...entry }]);
    expect((await world.get(path, { as: "Reviewer" })).at("restorable")).toEqual([entry]);
    await world.post(`${path}/${hook.textAt("ref")}/restore`);
    expect((await world.get(path)).at("restorable")).toEqual([]);
  });

  it("a deleted webhook is restored with its former URL, as long as that is accepted", async () => {
    const hook = await made();
    await world.post(`${path}/${hook.textAt("ref")}/rotate`, { keepOldForSeconds: 600 });
    await world.delete(`${path}/${hook.textAt("ref")}`);
    expect((await publish(`/${hook.textAt("id")}`)).at("code")).toBe("WEBHOOK_DELETED");
    const back = await world.post(`${path}/${hook.textAt("ref")}/restore`);
    expect(back.textAt("previous.until")).not.toBe("");
    expect((await publish(`/${hook.textAt("id")}`)).status).toBe(200);
  });

  it("a restore of a present webhook answers it as it is, and one of an unknown webhook is not found", async () => {
    const hook = await made();
    const { writes } = world.store.counts;
    expect((await world.post(`${path}/${hook.textAt("ref")}/restore`)).at("")).toEqual(hook.at(""));
    expect(world.store.counts.writes).toBe(writes);
    expect((await world.post(`${path}/none/restore`)).at("code")).toBe("WEBHOOK_NOT_FOUND");
  });

  it("a deleted webhook is not restored to a layer that has as many as it may have", async () => {
    const gone = await made();
    await world.delete(`${path}/${gone.textAt("ref")}`);
    for (let i = 0; i < 100; i += 1) await made({ name: `CMS ${i}` });
    const refused = await world.post(`${path}/${gone.textAt("ref")}/restore`);
    expect([refused.status, refused.at("code")]).toEqual([409, "LIMIT_REACHED"]);
  });

  it("a deleted webhook is restored with a secret that was sealed again meanwhile", async () => {
    const hook = await made({ verification });
    await world.delete(`${path}/${hook.textAt("ref")}`);
    const stored = async () => JSON.parse((await world.store.memory.read(`layers/${layerId}`))?.text ?? "{}");
    const { secrets } = (await stored()).deletedWebhooks[0].restorable.verification;
    expect(world.deps.sealer.open(secrets[0], `layer/${layerId}/webhook/${hook.textAt("ref")}/secret`)).toBe(
      verification.secret,
    );
    expect(JSON.stringify(await stored())).not.toContain(verification.secret);
  });
});

describe("the default webhook is kept for a while when the first webhook is added", () => {
  const at = (ms: number) => new Date(world.now + ms).toISOString();

  it("a kept default webhook is accepted until its time and not after, and shown so", async () => {
    const until = at(HOUR);
    expect((await made({ keepDefaultUntil: until })).status).toBe(201);
    const shown = async () => (await world.get(path)).at("defaultWebhook");
    expect(await shown()).toMatchObject({ enabled: true, keptUntil: until, lastDeliveryAt: null });
    const used = at(0);
    expect((await publish("")).status).toBe(200);
    expect(await shown()).toMatchObject({ lastDeliveryAt: used });
    world.now += HOUR;
    expect((await publish("")).status).toBe(200);
    world.now += 1;
    expect((await publish("")).at("code")).toBe("DEFAULT_WEBHOOK_OFF");
    expect(await shown()).toMatchObject({ enabled: false, keptUntil: null, lastDeliveryAt: null });
    expect((await world.get(`/data-layers/${layerId}`)).at("defaultWebhook.enabled")).toBe(false);
  });

  it("a default webhook is disabled by the first webhook in the same write where nothing else is requested", async () => {
    await made();
    expect((await world.get(path)).at("defaultWebhook")).toMatchObject({ enabled: false, keptUntil: null });
    expect((await publish("")).status).toBe(401);
  });

  it("a default webhook is kept for seven days at most, from now on", async () => {
    for (const keepDefaultUntil of [at(0), at(-1), at(7 * DAY + 1), "tomorrow", 1]) {
      const refused = await made({ keepDefaultUntil });
      expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "keepDefaultUntil"]);
    }
    expect((await made({ keepDefaultUntil: at(7 * DAY) })).status).toBe(201);
  });

  it("a second webhook cannot keep the default webhook, because it disables nothing", async () => {
    await made();
    const second = await made({ keepDefaultUntil: at(HOUR) });
    expect([second.status, second.at("code")]).toEqual([409, "DEFAULT_WEBHOOK_OFF"]);
  });

  it("a kept default webhook is in the audit log with its time", async () => {
    const until = at(HOUR);
    const hook = await made({ keepDefaultUntil: until });
    const detail = { webhook: hook.textAt("ref"), keptUntil: until };
    expect((await world.audit()).at(-1)).toMatchObject({ action: "default_webhook.disabled", detail });
  });
});
