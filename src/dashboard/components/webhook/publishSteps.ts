import type { DeliveryDetail } from "../../api/types.ts";

/** One step of a publish on its way. `at` and `until` are null while nobody knows. */
export interface PublishStep {
  readonly name: string;
  readonly state: "done" | "active" | "open" | "bad";
  /** When the step ended. */
  readonly at: string | null;
  readonly text: string | null;
}

type SiteOf = DeliveryDetail["sites"][number];

const syncStep = ({ sync, stage, reason }: DeliveryDetail): PublishStep => {
  const name = "Sync";
  if (sync === null) return { name, state: "bad", at: null, text: reason };
  if (sync.finishedAt !== null) {
    const hasFailed = sync.dataSources.some(({ status }) => status === "failed");
    return { name, state: hasFailed ? "bad" : "done", at: sync.finishedAt, text: hasFailed ? sync.error : null };
  }
  const text = sync.startedAt === null ? "Waits for its turn." : stage === "retrying" ? reason : null;
  return { name, state: "active", at: null, text };
};

const buildStep = (build: SiteOf["build"], name: string, isSynced: boolean): PublishStep => {
  const step = `Build of ${name}`;
  if (build === null) return { name: step, state: isSynced ? "active" : "open", at: null, text: null };
  if (build.error !== null && build.finishedAt !== null)
    return { name: step, state: "bad", at: build.finishedAt, text: build.error };
  if (build.finishedAt !== null) return { name: step, state: "done", at: build.finishedAt, text: null };
  const text = build.startedAt === null ? (build.because ?? "Waits to start.") : (build.error ?? "Builds.");
  return { name: step, state: "active", at: null, text };
};

const liveStep = ({ stage, since, reason }: DeliveryDetail, build: SiteOf["build"], name: string): PublishStep => {
  const step = `Live on ${name}`;
  if (build?.stage === "live" || stage === "live") {
    return { name: step, state: "done", at: build?.stage === "live" ? build.since : since, text: null };
  }
  if (build?.finishedAt == null) return { name: step, state: "open", at: null, text: null };
  if (stage === "asked") {
    return { name: step, state: "open", at: null, text: reason ?? "Not known, because deploy tracking is off." };
  }
  const isOver = stage === "failed" || stage === "held";
  return { name: step, state: isOver ? "bad" : "active", at: null, text: reason };
};

/** The steps of a publish from its arrival to the live sites, each with when it ended. */
export const publishSteps = (delivery: DeliveryDetail): readonly PublishStep[] => {
  const { outcome, receivedAt, reason, sync, sites } = delivery;
  const isTaken = outcome === "queued" || outcome === "coalesced";
  const arrived: PublishStep = {
    name: "Arrived",
    state: isTaken ? "done" : "bad",
    at: receivedAt,
    text: isTaken ? (outcome === "coalesced" ? "Merged into a sync that was waiting." : null) : reason,
  };
  if (!isTaken) return [arrived];
  const isSynced = sync?.finishedAt != null;
  return [
    arrived,
    syncStep(delivery),
    ...sites.flatMap(({ name, build }) => [buildStep(build, name, isSynced), liveStep(delivery, build, name)]),
  ];
};

/** Whether nothing of the publish is under way. */
export const isOver = (steps: readonly PublishStep[]): boolean => steps.every(({ state }) => state !== "active");
