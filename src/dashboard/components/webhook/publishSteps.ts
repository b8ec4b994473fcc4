import type { DeliveryDetail } from "../../api/types.ts";

/** One step of a publish on its way. `at` and `until` are null while nobody knows. */
export interface PublishStep {
  readonly name: string;
  readonly state: "done" | "active" | "open" | "bad";
  /** When the step ended. */
  readonly at: string | null;
  readonly text: string | null;
}

type Sync = NonNullable<DeliveryDetail["sync"]>;
type Build = NonNullable<DeliveryDetail["sites"][number]["build"]>;
type BuildOfStep = Pick<Build, "stage" | "since" | "reason" | "startedAt" | "finishedAt" | "error" | "because">;

/** What the steps are made of. */
type Publish = Pick<DeliveryDetail, "outcome" | "receivedAt" | "stage" | "since" | "reason"> & {
  readonly sync:
    | (Pick<Sync, "status" | "startedAt" | "finishedAt" | "error"> & {
        readonly dataSources: readonly Pick<Sync["dataSources"][number], "status">[];
      })
    | null;
  readonly sites: readonly { readonly name: string; readonly build: BuildOfStep | null }[];
};

/** The stages in which something is still to come by itself. */
const MOVING: ReadonlySet<string> = new Set(["pending", "syncing", "waiting", "building", "retrying"]);

const syncStep = ({ sync, stage, reason }: Publish): PublishStep => {
  const name = "Sync";
  if (sync === null) return { name, state: "bad", at: null, text: reason };
  if (sync.finishedAt !== null) {
    const isBad = sync.status !== "succeeded" || sync.dataSources.some(({ status }) => status === "failed");
    return { name, state: isBad ? "bad" : "done", at: sync.finishedAt, text: isBad ? (sync.error ?? reason) : null };
  }
  const text = sync.startedAt === null ? "Waits for its turn." : stage === "retrying" ? reason : null;
  return { name, state: "active", at: null, text };
};

const buildStep = (build: BuildOfStep | null, name: string, isSynced: boolean, stage: string): PublishStep => {
  const step = `Build of ${name}`;
  if (build === null) {
    if (!isSynced || stage === "live") return { name: step, state: "open", at: null, text: null };
    if (MOVING.has(stage)) return { name: step, state: "active", at: null, text: null };
    return { name: step, state: "bad", at: null, text: "There is no build. The site may have been deleted." };
  }
  if (build.finishedAt !== null && (build.error !== null || build.stage === "failed"))
    return { name: step, state: "bad", at: build.finishedAt, text: build.error ?? build.reason };
  if (build.finishedAt !== null) return { name: step, state: "done", at: build.finishedAt, text: null };
  const text = build.startedAt === null ? (build.because ?? "Waits to start.") : (build.error ?? "Building.");
  return { name: step, state: "active", at: null, text };
};

const liveStep = ({ stage, since, reason }: Publish, build: BuildOfStep | null, name: string): PublishStep => {
  const step = `Live on ${name}`;
  if (build?.stage === "live" || stage === "live") {
    return { name: step, state: "done", at: build?.stage === "live" ? build.since : since, text: null };
  }
  if (build?.finishedAt == null) return { name: step, state: "open", at: null, text: null };
  if (stage === "asked") {
    return { name: step, state: "open", at: null, text: reason ?? "Not known, because deploy tracking is off." };
  }
  return { name: step, state: MOVING.has(stage) ? "active" : "bad", at: null, text: reason };
};

/** The steps of a publish from its arrival to the live sites, each with when it ended. */
export const publishSteps = (delivery: Publish): readonly PublishStep[] => {
  const { outcome, receivedAt, stage, reason, sync, sites } = delivery;
  const isTaken = outcome === "queued" || outcome === "coalesced";
  const arrived: PublishStep = {
    name: "Arrived",
    state: isTaken ? "done" : "bad",
    at: receivedAt,
    text: isTaken ? (outcome === "coalesced" ? "Merged into a sync that was waiting." : null) : reason,
  };
  if (!isTaken) return [arrived];
  const synced = syncStep(delivery);
  const isSynced = synced.state === "done" || (sync?.finishedAt != null && MOVING.has(stage));
  return [
    arrived,
    synced,
    ...sites.flatMap(({ name, build }) => [buildStep(build, name, isSynced, stage), liveStep(delivery, build, name)]),
  ];
};
