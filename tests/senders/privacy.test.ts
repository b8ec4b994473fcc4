import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { PROBLEMS_PAGE } from "../../src/contract/problemCodes.ts";
import { RETENTION } from "../../src/core/retention.ts";
import { current } from "../fuzz/currentLive.ts";
import { type Door, doorOf, loadDoors } from "../fuzz/functionDoors.ts";
import { LAYER, PATH, SenderWorld, WEBHOOK } from "./senderWorld.ts";

vi.mock("../../src/edge/live.ts", async (original) => ({
  ...(await original<object>()),
  makeDeps: () => current.live,
}));

const ORIGIN = "https://hooks.example.com";
const KEY = "Bearer a-secret-of-the-sender";
const WRONG = "Bearer somebody-elses-password";
const BODY = JSON.stringify({
  event: "entry.publish",
  entry: { title: "An unpublished merger", email: "ed@example.com" },
});

/** What WordPress sends, and more: whatever a sender could carry that is nobody else's business. */
const telling = {
  authorization: KEY,
  cookie: "session=a-cookie-of-the-cms",
  referer: `${ORIGIN}${PATH}?source=posts`,
  "content-type": "application/json",
  "x-own-secret": "a-header-of-their-own",
  "user-agent": "WordPress/6.7; https://cms.example",
};
const private_ = [
  WEBHOOK,
  "a-secret-of-the-sender",
  "somebody-elses-password",
  "merger",
  "ed@example.com",
  "a-cookie-of",
  "a-header-of",
];

let doors: readonly Door[] = [];
let world: SenderWorld;
let lines: string[];
beforeAll(async () => {
  doors = await loadDoors();
});
beforeEach(async () => {
  world = new SenderWorld();
  await world.open({ verification: { scheme: "header-secret", secret: KEY } });
  lines = [];
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...said) => void lines.push(said.join(" ")));
  }
  return () => vi.restoreAllMocks();
});

/** A delivery through the function as it is deployed, and all that goes on after its answer. */
const deliver = async (
  path = PATH,
  headers: Record<string, string> = telling,
): Promise<{ status: number; text: string }> => {
  const after: Promise<unknown>[] = [];
  current.live = {
    kind: "ready",
    deps: world.deps,
    config: {
      ...{ ...world.config, publicUrl: ORIGIN, allowHttp: false, retention: RETENTION },
      ...{ netlifyTeam: null, netlifyToken: undefined, netlifyApiUrl: "https://netlify.example" },
    },
    team: null,
    reach: async () => ({ selfCall: "ok", publicAccess: "ok" }),
    afterwards: (work) => void after.push(work),
  };
  const request = new Request(`${ORIGIN}${path}`, { method: "POST", headers, body: BODY });
  const answer = await doorOf(doors, new URL(request.url).pathname)?.answer(request);
  await Promise.all(after);
  if (answer === undefined) throw new Error(`no function at ${path}`);
  return { status: answer.status, text: await answer.text() };
};

const hook = `/data-layers/${LAYER}/webhooks/${WEBHOOK}`;

/** How a delivery can end. */
const endings: Readonly<Record<string, () => Promise<{ status: number; text: string }>>> = {
  "that is accepted": () => deliver(),
  "for one source": () => deliver(`${PATH}?source=posts`),
  "that proves nothing": () => deliver(PATH, { ...telling, authorization: WRONG }),
  "that brings no proof": async () => {
    const { authorization: _none, ...rest } = telling;
    return deliver(PATH, rest);
  },
  "that is held back": async () => {
    await world.change({ only: [{ bodyPath: "entry.title", in: ["Another"] }] });
    return deliver();
  },
  "to a strict webhook": async () => {
    await world.patch(`/data-layers/${LAYER}`, {
      dataSources: [{ slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog" }],
    });
    await world.change({ strict: true });
    return deliver(`${PATH}?source=nobody`);
  },
  "to the former URL": async () => {
    await world.post(`${hook}/rotate`);
    return deliver();
  },
  "to a URL that was replaced": async () => {
    await world.post(`${hook}/rotate`, { keepOldForSeconds: 1 });
    world.now += 1001;
    return deliver();
  },
  "to a deleted webhook": async () => {
    await world.delete(hook);
    return deliver();
  },
  "to a webhook that never was": () => deliver(`${PATH}x`),
  "to a layer that never was": () => deliver(`/hooks/data_layer/data_source/publish/${WEBHOOK}/${WEBHOOK}`),
  "while the store does not answer": () => {
    world.store.fault = () => "down";
    return deliver();
  },
};

describe("a delivery leaves nothing of what is secret or private", () => {
  it.each(Object.entries(endings))(
    "a delivery's secrets, in %s, are in no log, record or answer",
    async (name, ending) => {
      world.facts.length = 0;
      const { status, text } = await ending();
      world.store.fault = () => "none";
      const logged = JSON.stringify([world.facts, lines, await world.audit()]);
      const kept = (await world.store.memory.list("")).filter(({ key }) => !key.startsWith("layers/"));
      const records = await Promise.all(kept.map(async ({ key }) => (await world.store.memory.read(key))?.text));
      for (const hidden of private_) {
        expect(logged, name).not.toContain(hidden);
        expect(JSON.stringify(records), name).not.toContain(hidden);
        expect(text, name).not.toContain(hidden);
      }
      expect(world.facts.some(({ kind }) => kind === "request")).toBe(true);
      // An editor may read it in the CMS: nothing of how it is done here.
      expect(text.replace(PROBLEMS_PAGE, "")).not.toMatch(
        /blob|netlify|etag|node_modules|\.ts\b|stack|lease|fence|slot|@example/i,
      );
      expect(status).toBeLessThan(504);
    },
  );

  it("an accepted delivery is answered with these fields and no other", async () => {
    const { text } = await deliver();
    expect(Object.keys(JSON.parse(text)).sort()).toEqual(
      ["dataLayerId", "deliveryId", "message", "outcome", "revision", "scope", "syncId", "warnings"].sort(),
    );
  });
});
