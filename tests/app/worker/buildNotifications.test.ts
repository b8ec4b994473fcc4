import { beforeEach, describe, expect, test } from "vitest";
import { buildNow } from "../../../src/app/manage/sites.ts";
import { recordDeployEvent } from "../../../src/app/receive/recordDeployEvent.ts";
import { settleOwed } from "../../../src/app/stored/settleOwed.ts";
import { DAY, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { buildEvents } from "../../../src/core/site/buildEvents.ts";
import { layerKey } from "../../../src/store/keys.ts";
import { eventOf, NetlifySite, type ShownDeploy } from "../../support/netlifySite.ts";
import { answer, OWNER, World } from "../world.ts";

const LAYER = "layer-one";
const SITE = "site-web";
const TEAM = "https://team.test/told";
const NO_CREDITS = "Account credit usage exceeded - new deploys are blocked until credits are added";

let world: World;
let netlify: NetlifySite;
let hookAnswer: () => ReturnType<typeof answer>;

const told = () => world.calls.filter(({ url }) => url === TEAM);
const bodies = () => told().map(({ body }) => JSON.parse(body ?? "null"));
const lastDeploy = (): ShownDeploy => {
  const [deploy] = netlify.deploys;
  if (deploy === undefined) throw new RangeError("there was none");
  return deploy;
};
const tell = async (name: string, deploy: ShownDeploy): Promise<void> => {
  const target = { kind: "site", id: SITE } as const;
  const recording = recordDeployEvent(world.deps(), SITE, eventOf(name, deploy));
  await world.clock.settle();
  const heard = await recording;
  if (heard.kind === "recorded" && heard.wake) await world.deps().wake(target);
  else {
    const settling = settleOwed(world.deps(), target);
    await world.clock.settle();
    await settling;
  }
  await world.clock.pass(SECOND);
};
const ticks = async (minutes: number): Promise<void> => {
  for (let i = 0; i < minutes; i += 1) {
    await world.clock.pass(MINUTE);
    await world.tick();
    await world.clock.settle();
  }
};

beforeEach(async () => {
  world = new World();
  netlify = new NetlifySite(() => world.clock.now);
  hookAnswer = () => answer(200);
  await world.site(SITE, "instant");
  const notification = { ...{ id: "n1", name: "Chat", url: TEAM, urlHint: "…", secret: "whsec_c2VjcmV0" } };
  await world.layer(LAYER, [], [SITE], { notifications: [{ ...notification, events: [...buildEvents] }] });
  world.jobs.set(TEAM, () => answer(200));
  world.jobs.set(`https://hooks.test/${SITE}`, ({ url }) => {
    const answered = hookAnswer();
    if (answered.kind === "answer" && answered.status === 200) {
      netlify.begin(new URL(url).searchParams.get("trigger_title"));
    }
    return answered;
  });
  const first = netlify.begin(null);
  netlify.succeed(first);
  await tell("deploy_created", first);
  await world.clock.pass(MINUTE);
});

describe("a team that wants to hear how builds end", () => {
  test("a live build is told once, with its deploy and the seconds since the publish", async () => {
    const published = await world.publish(LAYER);
    await world.clock.pass(10 * SECOND);
    await world.clock.pass(80 * SECOND);
    netlify.succeed(lastDeploy());
    await tell("deploy_created", lastDeploy());
    await tell("deploy_created", lastDeploy());
    await ticks(3);
    expect(told()).toHaveLength(1);
    expect(told()[0]?.headers["webhook-id"]).toMatch(/^build\.live\/.+\/n1$/);
    const [body] = bodies();
    expect(body).toMatchObject({
      ...{ type: "build.live", dataLayerId: LAYER, siteId: SITE, reason: null, publishToLiveSeconds: 90 },
      ...{ deploy: { id: lastDeploy().id }, syncIds: [published.kind === "accepted" ? published.syncId : ""] },
    });
    expect(body.text).toMatch(/is live, 90 s after the publish$/);
    expect((await world.readLayer(LAYER)).notifications[0]?.last).toMatchObject({
      event: "build.live",
      outcome: "sent",
    });
    expect((await world.readSite(SITE)).untold).toEqual([]);
  });

  test("a build that fails is told when it fails for good, with what Netlify said", async () => {
    await world.publish(LAYER);
    for (let tries = 0; tries < 2; tries += 1) {
      await world.clock.pass(10 * SECOND);
      netlify.fail(lastDeploy(), "Build script returned non-zero exit code: 2");
      await tell("deploy_failed", lastDeploy());
      if (tries === 0) expect(told()).toHaveLength(0);
      await ticks(2);
    }
    expect(bodies()).toMatchObject([
      { type: "build.failed", reason: "the deploy failed (Build script returned non-zero exit code: 2)" },
    ]);
  });

  test("a build that credits hold back is told once, and again as live when it was built after all", async () => {
    hookAnswer = () => answer(403, { error: NO_CREDITS });
    await world.publish(LAYER);
    await ticks(120);
    expect(bodies()).toMatchObject([{ type: "build.held", reason: "The team's credits at Netlify are used up." }]);
    const tries = world.calls.filter(({ url }) => url.startsWith("https://hooks.test/")).length;
    expect(tries).toBe(4);
    hookAnswer = () => answer(200);
    await ticks(130);
    netlify.succeed(lastDeploy());
    await tell("deploy_created", lastDeploy());
    await ticks(2);
    expect(bodies().map(({ type }) => type)).toEqual(["build.held", "build.live"]);
    expect((await world.readSite(SITE)).slot.held).toBeUndefined();
  });

  test("a build that takes over a held one tells the layers behind both how it ended", async () => {
    hookAnswer = () => answer(403, { error: NO_CREDITS });
    await world.publish(LAYER);
    await ticks(2);
    hookAnswer = () => answer(200);
    const building = buildNow(world.deps(), OWNER, SITE);
    await world.clock.settle();
    await building;
    await world.deps().wake({ kind: "site", id: SITE });
    await ticks(1);
    netlify.succeed(lastDeploy());
    await tell("deploy_created", lastDeploy());
    await ticks(2);
    expect(bodies().map(({ type }) => type)).toEqual(["build.held", "build.live"]);
  });

  test("a build on a locked site is told as built and not seen", async () => {
    netlify.locked = true;
    await world.publish(LAYER);
    await world.clock.pass(10 * SECOND);
    netlify.succeed(lastDeploy());
    await tell("deploy_created", lastDeploy());
    await ticks(2);
    expect(bodies().map(({ type }) => type)).toEqual(["build.locked"]);
  });

  test("a layer that was told of a failed build is told when a person's build shows its publish", async () => {
    await world.publish(LAYER);
    await world.clock.pass(10 * SECOND);
    netlify.fail(lastDeploy(), "Canceled deploy");
    await tell("deploy_failed", lastDeploy());
    expect(bodies().map(({ type }) => type)).toEqual(["build.failed"]);
    await buildNow(world.deps(), OWNER, SITE);
    await world.deps().wake({ kind: "site", id: SITE });
    await world.clock.pass(10 * SECOND);
    netlify.succeed(lastDeploy());
    await tell("deploy_created", lastDeploy());
    expect(bodies().map(({ type }) => type)).toEqual(["build.failed", "build.live"]);
    expect(bodies()[1]?.syncIds).toEqual(bodies()[0]?.syncIds);
    expect(bodies()[1]?.syncIds).toHaveLength(1);
  });

  test("a layer whose document cannot be reached is told by a later tick", async () => {
    await world.publish(LAYER);
    await world.clock.pass(10 * SECOND);
    netlify.succeed(lastDeploy());
    const heard = recordDeployEvent(world.deps(), SITE, eventOf("deploy_created", lastDeploy()));
    await world.clock.settle();
    await heard;
    expect((await world.readSite(SITE)).untold).toHaveLength(1);
    await ticks(3);
    expect(bodies().map(({ type }) => type)).toEqual(["build.live"]);
  });

  test("a layer that a newer release wrote is told when it can be read", async () => {
    await world.publish(LAYER);
    await world.clock.pass(10 * SECOND);
    netlify.succeed(lastDeploy());
    const key = layerKey(LAYER);
    const version = async (from: number, to: number): Promise<void> => {
      const found = await world.memory.read(key);
      await world.memory.write(key, (found?.text ?? "").replace(`"v":${from}`, `"v":${to}`), found?.etag ?? null);
    };
    await version(1, 2);
    await tell("deploy_created", lastDeploy());
    expect((await world.readSite(SITE)).untold).toHaveLength(1);
    await version(2, 1);
    await ticks(3);
    expect(bodies().map(({ type }) => type)).toEqual(["build.live"]);
  });

  test("a day of held tries costs a dozen calls", async () => {
    hookAnswer = () => answer(403, { error: NO_CREDITS });
    await world.publish(LAYER);
    await ticks(DAY / MINUTE);
    const tries = world.calls.filter(({ url }) => url.startsWith("https://hooks.test/")).length;
    expect(tries).toBeLessThanOrEqual(9);
    expect((await world.readSite(SITE)).slot.spent?.thisMonth).toBe(0);
    expect(told()).toHaveLength(1);
  });
});
