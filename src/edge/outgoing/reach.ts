import { z } from "zod/mini";
import type { Deps } from "../../app/deps.ts";
import { MINUTE, SECOND } from "../../core/durations.ts";
import { accessOf, REACHABLE_PATH } from "../../core/watch/publicAccess.ts";
import { REACH } from "../../store/keys.ts";

/** The deadline of a call to ourselves (ms). */
const DEADLINE = 5 * SECOND;
/** How long a good result is kept (ms). The endpoint is public, and each check costs two calls. */
const GOOD_KEPT = 5 * MINUTE;
/** How long a bad result is kept (ms). It is short, because somebody may just have removed the cause. */
const BAD_KEPT = 20 * SECOND;
/** How long a process may take for the calls that it has claimed (ms). */
const CLAIM = 15 * SECOND;

const reachSchema = z.looseObject({
  at: z.number(),
  /** Whether a worker can be called. If not, nothing is ever synced. */
  selfCall: z.enum(["ok", "failing", "unknown"]),
  /** Whether the publish URL is public. New Netlify projects are private, so no CMS reaches them. */
  publicAccess: z.enum(["ok", "private", "redirects", "unknown"]),
  /** When the current check began (ms). */
  claimedAt: z.optional(z.number()),
});
export type Reach = Pick<z.infer<typeof reachSchema>, "selfCall" | "publicAccess">;

/** The result before the first check. */
export const UNKNOWN_REACH: Reach = { selfCall: "unknown", publicAccess: "unknown" };

/** How the calls are made. */
export interface Probes {
  /** Calls the worker without work. Throws if the call is not accepted. */
  wakeNobody(): Promise<void>;
  fetch(url: string, init: RequestInit): Promise<Response>;
}

/** Calls the publish URL as a stranger does. */
const publicAccess = async (publicUrl: string, { fetch }: Probes): Promise<Reach["publicAccess"]> => {
  try {
    const response = await fetch(`${publicUrl}${REACHABLE_PATH}`, {
      method: "GET",
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE),
    });
    await response.body?.cancel();
    return accessOf(response.status, response.headers.get("allow"));
  } catch {
    return "unknown";
  }
};

const selfCall = async ({ wakeNobody }: Probes): Promise<Reach["selfCall"]> => {
  try {
    await wakeNobody();
    return "ok";
  } catch {
    return "failing";
  }
};

const isGood = ({ selfCall: called, publicAccess: access }: Reach): boolean =>
  called === "ok" && (access === "ok" || access === "unknown");

const parse = (text: string): z.infer<typeof reachSchema> | null => {
  try {
    return reachSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
};

/**
 * Whether we reach ourselves and the outside world reaches us, by the last check. Never throws.
 *
 * The endpoint is public, so a conditional write decides which of many concurrent requests makes the calls. All others
 * get the previous result.
 */
export const reachOf = async (deps: Deps, probes: Probes): Promise<Reach> => {
  const now = deps.clock.now();
  try {
    const stored = await deps.store.read(REACH);
    const last = (stored === null ? null : parse(stored.text)) ?? { at: 0, ...UNKNOWN_REACH };
    if (Math.abs(now - last.at) < (isGood(last) ? GOOD_KEPT : BAD_KEPT)) return last;
    if (last.claimedAt !== undefined && Math.abs(now - last.claimedAt) < CLAIM) return last;
    const claim = await deps.store.write(REACH, JSON.stringify({ ...last, claimedAt: now }), stored?.etag ?? null);
    if (claim.kind === "conflict") return last;
    const [called, access] = await Promise.all([selfCall(probes), publicAccess(deps.publicUrl, probes)]);
    const reach = { at: now, selfCall: called, publicAccess: access };
    await deps.store.write(REACH, JSON.stringify(reach), claim.etag).catch(() => undefined);
    return reach;
  } catch {
    // The store does not answer, which another check reports. Without a claim nobody may make the calls.
    return UNKNOWN_REACH;
  }
};
