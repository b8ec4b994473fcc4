import { z } from "zod/mini";
import { type Check, checkSchema } from "../../core/proof/lookSchema.ts";
import { checksKey, proofKey, seenKey } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { withStoreFault } from "../storeFault.ts";

/** One publish in a build. */
const unnamedSchema = z.looseObject({ layerId: z.string(), deliveryId: z.string(), syncId: z.string() });

/** One publish in a build: its delivery, and what was published. */
export const builtSubjectSchema = z.looseObject({
  ...unnamedSchema.shape,
  event: z.nullable(z.string()),
  type: z.nullable(z.string()),
  id: z.nullable(z.string()),
  /** Sealed for its delivery. */
  title: z.optional(z.string()),
});
export type BuiltSubject = z.infer<typeof builtSubjectSchema>;

/** What is in a build. It is kept beside the build's record, because the site's document must stay small. */
export const proofSchema = z.looseObject({
  buildId: z.string(),
  /** The publishes in the build, as far as their log was read. */
  deliveries: z.number(),
  /** What was published, the newest first, each entry once. */
  subjects: z.array(builtSubjectSchema),
  /** The publishes that `subjects` does not name. */
  more: z.number(),
  /** The newest publishes whose senders did not say what was published, ten at most. Absent: there is none. */
  unnamed: z.optional(z.array(unnamedSchema)),
});
export type Proof = z.infer<typeof proofSchema>;

/** What the pages of a build's publishes showed at the last look. */
export const checksSchema = z.looseObject({
  buildId: z.string(),
  publishes: z.array(checkSchema),
});
export type Checks = z.infer<typeof checksSchema>;

/** Keeps what the pages of a build's publishes showed at the last look. Throws `StoreUnavailable`. */
export const keepChecks = async (deps: Deps, siteId: string, checks: Checks): Promise<void> => {
  await deps.archive.write(checksKey(siteId, checks.buildId), JSON.stringify(checks), null);
};

/** Keeps that the page of a publish shows it, since a build that healed it. Throws `StoreUnavailable`. */
export const keepSeen = async (deps: Deps, siteId: string, check: Check): Promise<void> => {
  await deps.archive.write(seenKey(siteId, check.deliveryId), JSON.stringify(check), null);
};

/** A record of a build as its schema reads it; null: there is none, or it is damaged, which is reported as `what`. */
const readRecord = async <T>(
  deps: Deps,
  key: string,
  schema: { readonly parse: (value: unknown) => T },
  what: string,
): Promise<T | null> => {
  const found = await deps.archive.read(key);
  if (found === null) return null;
  try {
    return schema.parse(JSON.parse(found.text));
  } catch {
    deps.report({ kind: "trouble", where: what, error: "it is damaged" });
    return null;
  }
};

/**
 * What the pages of a build's publishes showed; null: nobody has looked, or it is damaged or no longer kept. Throws
 * `StoreUnavailable`.
 */
export const readChecks = (deps: Deps, siteId: string, buildId: string): Promise<Checks | null> =>
  readRecord(deps, checksKey(siteId, buildId), checksSchema, `checks of build ${buildId}`);

/** When a build that healed a publish showed it; null: none did, or it is damaged. Throws `StoreUnavailable`. */
export const readSeen = (deps: Deps, siteId: string, deliveryId: string): Promise<Check | null> =>
  readRecord(deps, seenKey(siteId, deliveryId), checkSchema, `check of delivery ${deliveryId}`);

/** The proof of a build; null: there is none, or it is damaged or no longer kept. Throws `StoreUnavailable`. */
export const readProof = (deps: Deps, siteId: string, buildId: string): Promise<Proof | null> =>
  readRecord(deps, proofKey(siteId, buildId), proofSchema, `proof of build ${buildId}`);

/**
 * Keeps what is in a build, and returns it. The first attempt of a build decides. Never throws, because a build must not
 * fail for it.
 */
export const keepProof = async (deps: Deps, siteId: string, proof: Proof): Promise<Proof> => {
  try {
    const { kind } = await deps.archive.write(proofKey(siteId, proof.buildId), JSON.stringify(proof), null);
    return (kind === "conflict" ? await readProof(deps, siteId, proof.buildId) : null) ?? proof;
  } catch (error) {
    const where = `proof of build ${proof.buildId}`;
    deps.report({ kind: "trouble", where, error: withStoreFault("not written", error) });
    return proof;
  }
};
