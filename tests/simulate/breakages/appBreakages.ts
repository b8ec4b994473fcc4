import { type Breakage, one } from "../breakage.ts";

/** Defences in the use cases and at the edge. */
export const appBreakages: readonly Breakage[] = [
  one(
    "delete at once",
    "a tombstone stays for a day",
    "src/app/drain.ts",
    "const TOMBSTONE_KEPT = DAY;",
    "const TOMBSTONE_KEPT = 0 * DAY;",
  ),
  {
    name: "answer before the write stands",
    without: "an answer waits for the store",
    patches: [
      { file: "src/app/publish.ts", from: "const newSyncId = deps", to: "let last; const newSyncId = deps" },
      {
        file: "src/app/publish.ts",
        from: "const wake = needsWake(accepted.slot, attempting.now, accepted.queued);",
        to: "const wake = false; last = answer(delivery, deliveryId, accepted, attempting.rev, warnings, wake);",
      },
      {
        file: "src/app/publish.ts",
        from: "    PUBLISH,\n  );",
        to: "    PUBLISH,\n  ).catch((error) => { if (last === undefined) throw error; return { result: last, wrote: true }; });",
      },
    ],
  },
  one(
    "make keys without the token",
    "one key is one sequence of bytes",
    "src/app/callSource.ts",
    "{part.callFence}`;",
    "{0}`;",
  ),
  one(
    "drop what is owed unconfirmed",
    "an entry leaves its document once it stands in the archive",
    "src/app/settleOwed.ts",
    'error: "not appended" });\n        return [];',
    'error: "not appended" });\n        return [entry.id];',
  ),
  one(
    "wake from a read",
    "no more wakes than writes",
    "src/app/publish.ts",
    "warnings, false) };",
    "warnings, true) };",
  ),
  one(
    "let a permalink work",
    "only the published deploy touches production",
    "src/edge/place.ts",
    'if (context === "production") return published ? { kind: "site", name: STORE } : null;',
    'if (context === "production") return { kind: "site", name: STORE };',
  ),
  one(
    "give previews production's store",
    "a preview has a store of its own",
    "src/edge/place.ts",
    'return { kind: "deploy", name: STORE };',
    'return { kind: "site", name: STORE };',
  ),
  one(
    "wake the published site from a preview",
    "a preview wakes its own worker",
    "src/edge/place.ts",
    'const main = place.kind === "site" ? (siteUrl ?? requested) : requested;',
    "const main = siteUrl ?? requested;",
  ),
  one(
    "never seal anew",
    "a rotation comes to its end by itself",
    "src/app/drain.ts",
    "needsReseal(deps.sealer, document)",
    "false",
  ),
  one(
    "trust what the last tick saw",
    "a document that has changed is read",
    "src/app/drain.ts",
    "known !== undefined && known.etag === etag && now - known.readAt < LOOK_EVERY",
    "known !== undefined && now - known.readAt < LOOK_EVERY",
  ),
  {
    name: "wait for the sick",
    without: "one document that never answers holds up nobody",
    patches: [
      { file: "src/app/drain.ts", from: "const AT_ONCE = 8;", to: "const AT_ONCE = 1;" },
      {
        file: "src/app/drain.ts",
        from: "      count.failed += 1;\n      deps.report",
        to: "      await visit({ key, etag });\n      deps.report",
      },
    ],
  },
  one(
    "ask a site under a new id each time",
    "asking again after a crash changes nothing",
    "src/app/attend.ts",
    "build?.id ?? cause.syncId",
    "deps.ids.timeOrdered()",
  ),
  one(
    "ask no site that does not answer",
    "every site is asked before the debt is cleared",
    "src/app/attend.ts",
    "if (error instanceof StoreUnavailable || error instanceof NewerDocument) throw error;",
    "",
  ),
  one(
    "call without a lease that is sure",
    "no call begins twenty seconds after the last renewal",
    "src/core/durations.ts",
    "LEASE_NO_NEW_CALL = 20 * SECOND",
    "LEASE_NO_NEW_CALL = 2000 * SECOND",
  ),
  one(
    "write what two do not need",
    "what changes nothing but the trigger is answered from the read",
    "src/core/accept.ts",
    "    !request.written &&\n",
    "    !request.written && false &&\n",
  ),
  one(
    "forget the note of a job's place until it ends",
    "where to poll is written before the first poll",
    "src/app/attend.ts",
    "polled[slug] = { location, deadline };\n      tell();",
    "void location; void deadline;",
  ),
];
