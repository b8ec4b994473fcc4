import { BUILD } from "../../../../src/core/site/pacing.ts";
import type { Site } from "../../../../src/core/site/site.ts";
import { own } from "../../../../src/core/slot/slot.ts";
import type { World } from "../../world/world.ts";
import type { Fail, Step } from "../slot.ts";

/** What is said of deploys is what Netlify would say of them, and nobody waits for word that never comes. */
export const deployLaws = ({ sites, plan }: World, is: Site, { before, after, ended }: Step, fail: Fail): void => {
  const site = sites.find(({ id }) => id === is.id);
  if (site === undefined) return;
  const telling = plan.telling[site.number] ?? "nothing";
  const waits = Object.values(after.running?.parts ?? {}).some(({ parked }) => parked === true);
  if (waits && (telling === "nothing" || telling === "token")) {
    fail("a build of which nobody tells is over when its hook has answered", `site ${site.number} waits`);
  }
  for (const sync of [...Object.values(after.open), ...ended]) {
    const part = own(sync.parts, BUILD);
    const was = own(own(before.open, sync.id)?.parts ?? {}, BUILD)?.status;
    if (part?.status === "failed" && was !== "failed" && part.error?.startsWith("held:") === true) {
      fail("a held build is not given up", `${sync.id}: ${part.error}`);
    }
    const over = site.builds.find(({ deploy }) => deploy.id === part?.deploy?.id);
    if (part?.status === "failed" && was !== "failed" && over?.owed === true) {
      fail("a build that Netlify did not make stays owed", `${sync.id} failed with ${over.deploy.id}: ${part.error}`);
    }
    if (part?.status !== "succeeded" || was === "succeeded" || part.deploy === undefined) continue;
    const { id, state, foreign, published } = part.deploy;
    if (state === "unheard") continue;
    const build = site.builds.find(({ deploy }) => deploy.id === id);
    if (build === undefined) {
      fail("a build ends with its own deploy", `${sync.id} with ${id}, which is none`);
      continue;
    }
    const { deploy } = build;
    if (state !== "ready" || deploy.state !== "ready") {
      fail("a build that succeeded is live", `${sync.id}: deploy ${id} is ${deploy.state}, said to be ${state}`);
    }
    if (published !== (deploy.published_at !== null)) {
      fail("a deploy is said to be published when it is", `${sync.id}: ${id}, published ${deploy.published_at}`);
    }
    const asked = deploy.title?.includes(sync.id) === true;
    if (asked === (foreign === true)) {
      fail("a build ends with its own deploy", `${sync.id} with ${id}, called ${deploy.title}`);
    }
  }
};
