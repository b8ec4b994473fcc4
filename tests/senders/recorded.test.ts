import { describe, expect, test } from "vitest";
import { recordedSecret, recording } from "./recordings.ts";
import { LAYER, PATH, SenderWorld, type Sent, WEBHOOK } from "./senderWorld.ts";

/** The part of a signature's header that changes when its time does. */
type Retimed = (headers: Record<string, string>) => Record<string, string>;

const next = (digits: string): string => String(Number(digits) + 1);

const signed: [string, string, Retimed | null][] = [
  ["standard-webhooks/standard-webhooks", "standard-webhooks", timed("webhook-timestamp")],
  ["standard-webhooks/standard-webhooks-rotating", "standard-webhooks", timed("webhook-timestamp")],
  ["standard-webhooks/standard-webhooks-empty-body", "standard-webhooks", timed("webhook-timestamp")],
  ["svix/svix", "svix", timed("svix-timestamp")],
  ["contentful/contentful", "contentful", timed("x-contentful-timestamp")],
  ["contentful/contentful-chunked", "contentful", timed("x-contentful-timestamp")],
  [
    "sanity/sanity",
    "sanity",
    (headers) => ({
      ...headers,
      "sanity-webhook-signature": (headers["sanity-webhook-signature"] ?? "").replace(/\d+/, next),
    }),
  ],
  ["github/github", "github", null],
  ["ghost/01-post.published", "ghost", retimedGhost],
  ["ghost/02-site.changed", "ghost", retimedGhost],
];

function retimedGhost(headers: Record<string, string>): Record<string, string> {
  const signature = headers["x-ghost-signature"] ?? "";
  return { ...headers, "x-ghost-signature": signature.replace(/t=(\d+)/, (_, digits) => `t=${next(digits)}`) };
}

function timed(header: string): Retimed {
  return (headers) => ({ ...headers, [header]: next(headers[header] ?? "") });
}

const changedBody = (body: Sent["body"]): Buffer => {
  const bytes = Buffer.from(body ?? "");
  if (bytes.length === 0) return Buffer.from("x");
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  return bytes;
};

const opened = async (scheme: string, at: number, secret: string): Promise<SenderWorld> => {
  const world = new SenderWorld();
  await world.open({ verification: { scheme, secret } });
  world.now = at;
  return world;
};

describe("what vendors' own code signed", () => {
  test.each(signed)("a recorded request of %s is accepted as it was sent", async (name, scheme) => {
    const { sent, at } = recording(name);
    const world = await opened(scheme, at, recordedSecret(scheme));
    expect(await world.outcome(sent)).toEqual([200, null]);
  });

  test.each(signed)("a recorded request of %s with one bit of its body changed is refused", async (name, scheme) => {
    const { sent, at } = recording(name);
    const world = await opened(scheme, at, recordedSecret(scheme));
    expect(await world.outcome({ ...sent, body: changedBody(sent.body) })).toEqual([401, "SIGNATURE_MISMATCH"]);
  });

  test.each(signed)("a recorded request of %s is refused by another key", async (name, scheme) => {
    const { sent, at } = recording(name);
    const secret = recordedSecret(scheme);
    // The last characters of a base64 text may stand for no bit of the key.
    const other = `${secret.slice(0, 12)}${secret[12] === "A" ? "B" : "A"}${secret.slice(13)}`;
    const world = await opened(scheme, at, other);
    expect(await world.outcome(sent)).toEqual([401, "SIGNATURE_MISMATCH"]);
  });

  test.each(signed.filter(([, , retimed]) => retimed !== null))(
    "a recorded request of %s with another time is refused",
    async (name, scheme, retimed) => {
      const { sent, at } = recording(name);
      const world = await opened(scheme, at, recordedSecret(scheme));
      const headers = retimed?.(sent.headers) ?? {};
      expect(await world.outcome({ ...sent, headers })).toEqual([401, "SIGNATURE_MISMATCH"]);
    },
  );

  test.each(signed.filter(([, , retimed]) => retimed !== null))(
    "a recorded request of %s is refused once it is too old or too new",
    async (name, scheme) => {
      const { sent, at } = recording(name);
      const world = await opened(scheme, at, recordedSecret(scheme));
      for (const [off, outcome] of [
        [298_000, [200, null]],
        [-298_000, [200, null]],
        [302_000, [401, "TIMESTAMP_OUT_OF_RANGE"]],
        [-302_000, [401, "TIMESTAMP_OUT_OF_RANGE"]],
      ] as const) {
        world.now = at + off;
        expect(await world.outcome(sent), String(off)).toEqual(outcome);
      }
    },
  );

  test("Contentful's signature is of the address it called: another path or query is refused", async () => {
    const { sent, at } = recording("contentful/contentful");
    const world = await opened("contentful", at, recordedSecret("contentful"));
    for (const path of [`${PATH}/`, `${PATH}?source=blog`]) {
      expect(await world.outcome({ ...sent, path })).toEqual([401, "SIGNATURE_MISMATCH"]);
    }
  });

  test("headers that a proxy adds do not break a signature, a changed one that is signed does", async () => {
    const { sent, at } = recording("contentful/contentful");
    const world = await opened("contentful", at, recordedSecret("contentful"));
    const added = { ...sent.headers, via: "1.1 proxy", "x-forwarded-for": "192.0.2.1" };
    expect(await world.outcome({ ...sent, headers: added })).toEqual([200, null]);
    const changed = { ...sent.headers, "x-contentful-topic": "ContentManagement.Entry.unpublish" };
    expect(await world.outcome({ ...sent, headers: changed })).toEqual([401, "SIGNATURE_MISMATCH"]);
  });

  test("Strapi's static header is a secret like any other", async () => {
    const { sent, at } = recording("strapi/04-entry.publish");
    const world = new SenderWorld();
    await world.open({ verification: { scheme: "header-secret", secret: "Bearer lab-shared-secret" } });
    world.now = at;
    expect(await world.outcome(sent)).toEqual([200, null]);
    const { authorization: _authorization, ...without } = sent.headers;
    expect(await world.outcome({ ...sent, headers: without })).toEqual([401, "SIGNATURE_MISSING"]);
    const wrong = { ...sent.headers, authorization: "Bearer lab-shared-secreT" };
    expect(await world.outcome({ ...sent, headers: wrong })).toEqual([401, "SIGNATURE_MISMATCH"]);
  });

  test("Directus proves itself by its header, and its call names the collection and the item", async () => {
    const world = new SenderWorld();
    await world.open({ verification: { scheme: "header-secret", secret: "Bearer lab-shared-secret" } });
    const subjects = [
      ["directus/01-items.create", "pages.items.create"],
      ["directus/02-items.update", "pages.items.update"],
    ] as const;
    for (const [name, event] of subjects) {
      const { sent, at } = recording(name);
      world.now = at;
      expect(await world.outcome(sent)).toEqual([200, null]);
      const page = await world.get(`/data-layers/${LAYER}/deliveries`);
      expect(["event", "type", "id"].map((field) => page.at(`items.0.subject.${field}`))).toEqual([
        event,
        "pages",
        "1",
      ]);
      const wrong = { ...sent.headers, authorization: "Bearer lab-shared-secreT" };
      expect(await world.outcome({ ...sent, headers: wrong })).toEqual([401, "SIGNATURE_MISMATCH"]);
    }
  });

  test("Ghost's call about a post names its event and the post", async () => {
    const { sent, at } = recording("ghost/01-post.published");
    const world = await opened("ghost", at, recordedSecret("ghost"));
    expect(await world.outcome(sent)).toEqual([200, null]);
    const page = await world.get(`/data-layers/${LAYER}/deliveries`);
    expect([page.at("items.0.subject.event"), page.at("items.0.subject.id")]).toEqual([
      "post.published",
      "6b0d708ec1eeb57c2717b106",
    ]);
  });

  test("Payload proves itself by Standard Webhooks, as the hook of its recipe signs", async () => {
    const { sent, at } = recording("payload/01-afterChange");
    const world = await opened("standard-webhooks", at, recordedSecret("payload"));
    expect(await world.outcome(sent)).toEqual([200, null]);
    const page = await world.get(`/data-layers/${LAYER}/deliveries`);
    expect([page.at("items.0.subject.type"), page.at("items.0.subject.id")]).toEqual(["pages", "1"]);
    expect(await world.outcome({ ...sent, body: changedBody(sent.body) })).toEqual([401, "SIGNATURE_MISMATCH"]);
  });

  test("WordPress proves itself by Standard Webhooks with Layerhook's own file, and names the post", async () => {
    const { sent, at } = recording("wordpress/03-layerhook-plugin");
    const world = await opened("standard-webhooks", at, recordedSecret("wordpress"));
    expect(await world.outcome(sent)).toEqual([200, null]);
    const page = await world.get(`/data-layers/${LAYER}/deliveries`);
    expect(page.at("items.0.subject")).toMatchObject({ event: "content.published", type: "post", id: "12" });
    expect(await world.outcome({ ...sent, body: changedBody(sent.body) })).toEqual([401, "SIGNATURE_MISMATCH"]);
  });

  test.each(["01-wp-gatsby", "02-jamstack-deployments"])(
    "WordPress's plugin sends nothing and is taken for everything, and the URL that it repeats is in no log: %s",
    async (name) => {
      const { sent, at } = recording(`wordpress/${name}`);
      const world = new SenderWorld();
      await world.open();
      world.now = at;
      expect([sent.body, sent.headers["referer"]]).toEqual(["", `http://hook.test${PATH}`]);
      expect(await world.outcome(sent)).toEqual([200, null]);
      expect((await world.get(`/data-layers/${LAYER}/deliveries`)).text).not.toContain(WEBHOOK);
    },
  );

  test("a sender that proves nothing is taken where nothing is asked for", async () => {
    const world = new SenderWorld();
    await world.open();
    for (const name of ["01-gatsby-module-shape-empty-body", "02-gatsby-module-shape-custom-source"]) {
      expect((await world.outcome(recording(`drupal/${name}`).sent))[0]).toBe(200);
    }
    expect((await world.get(`/data-layers/${LAYER}/webhooks`)).at("items.0.verification")).toBe(null);
  });
});
