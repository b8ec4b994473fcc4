import type { z } from "@hono/zod-openapi";
import type { StagedSite, StagedSync } from "../../../app/show/stages.ts";
import { timeOrNull } from "../../../app/time.ts";
import type { syncSchema } from "../../../contract/records/syncSchemas.ts";
import { deployOf, deployView } from "./buildView.ts";
import { type DeliveryCount, syncView } from "./syncView.ts";

type SyncView = z.input<typeof syncSchema>;

const buildEnd = ({ site, build }: StagedSite): Pick<SyncView["sites"][number], "finishedAt" | "deploy"> => {
  const deploy = site === null || build === null ? undefined : deployOf(build, site);
  return {
    finishedAt: timeOrNull(build?.kind === "claimed" ? build.sync.finishedAt : null),
    deploy: deploy === undefined ? null : deployView(deploy),
  };
};

/** A single sync, with how the build of each site ended. */
export const syncDetailView = (staged: StagedSync, counted: DeliveryCount | null): SyncView => {
  const view = syncView(staged, counted);
  const ends = staged.sites.map(buildEnd);
  return { ...view, sites: view.sites.map((site, index) => ({ ...site, ...ends[index] })) };
};
