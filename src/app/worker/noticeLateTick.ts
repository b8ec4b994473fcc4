import { MINUTE } from "../../core/durations.ts";
import type { Layer } from "../../core/layer/layer.ts";
import { wantsEvent } from "../../core/layer/messages.ts";
import { alarmOf, raiseAlarm } from "../../core/watch/alarms.ts";
import type { Deps } from "../deps.ts";
import { MANAGE, updateLayer } from "../stored/documents.ts";
import { isSilence, readDrainHint } from "../stored/drainHint.ts";
import { withStoreFault } from "../storeFault.ts";

/** A new system gets its first tick within fifteen minutes, so a layer that is younger has nothing to say of ticks. */
const FIRST_TICK = 20 * MINUTE;

/**
 * Raises the alarm that ticks are late, if the layer wants to hear of it and the last tick is long ago. Only a layer that
 * wants to hear of it costs a read. Returns the layer as it is then. Never throws.
 */
export const noticeLateTick = async (deps: Deps, layer: Layer): Promise<Layer> => {
  const isAsked = wantsEvent(layer, "tick.late") && alarmOf(layer, "tick.late") === undefined;
  if (!isAsked || deps.isTicked === false) return layer;
  try {
    const { hint } = await readDrainHint(deps);
    const tickedAt = hint.at ?? layer.createdAt + FIRST_TICK;
    if (!isSilence(tickedAt, hint.gap, deps.clock.now())) return layer;
    const { document } = await updateLayer<null>(
      deps,
      layer.id,
      (current, { now }) => {
        const next = current?.kind === "layer" ? raiseAlarm(current, "tick.late", tickedAt, now) : current;
        return next === null || next === current
          ? { kind: "keep", result: null }
          : { kind: "write", document: next, result: null };
      },
      MANAGE,
    );
    return document?.kind === "layer" ? document : layer;
  } catch (error) {
    deps.report({
      kind: "trouble",
      where: `ticks of layer ${layer.id}`,
      error: withStoreFault("not looked at", error),
    });
    return layer;
  }
};
