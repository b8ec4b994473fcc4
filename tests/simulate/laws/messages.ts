import type { Layer } from "../../../src/core/layer/layer.ts";
import { messageId } from "../../../src/core/layer/messages.ts";
import type { Message } from "../../../src/core/layer/notification.ts";
import type { Site } from "../../../src/core/site/site.ts";
import { endStatus } from "../../../src/core/slot/ending.ts";
import type { SyncPart } from "../../../src/core/slot/sync.ts";
import { layerKey } from "../../../src/store/keys.ts";
import type { World } from "../world/world.ts";
import { wasGone } from "./rest.ts";
import type { Fail } from "./slot.ts";

/** The contract's numbers once more. */
const TRIES = 5;
const MOST = 20;

/** Everything that a layer's notifications ever owed, and when that was written. */
const owedBy = (world: World, id: string): Map<string, { readonly message: Message; readonly stamp: number }> => {
  const owed = new Map<string, { message: Message; stamp: number }>();
  const settled = new Set<string>();
  for (const { document, stamp } of world.oracle.ledger.versions.get(layerKey(id)) ?? []) {
    if (document?.kind !== "layer") continue;
    const unsent = new Set((document.unsent ?? []).map(messageId));
    for (const name of owed.keys()) if (!unsent.has(name)) settled.add(name);
    for (const message of document.unsent ?? []) {
      const name = messageId(message);
      if (settled.has(name)) world.oracle.fail("nothing is told twice", `${name} is owed again`);
      if (!owed.has(name)) owed.set(name, { message, stamp });
    }
  }
  return owed;
};

/** A write that ends a sync owes the message about it; of one in which a site was missing, that it failed. */
export const endIsOwed = (was: Layer | null, is: Layer, fail: Fail): void => {
  const before = new Set(was?.owed.map(({ id }) => id));
  for (const entry of is.owed) {
    if (entry.kind !== "sync" || before.has(entry.id)) continue;
    const missing = entry.record.sites.some(({ outcome }) => outcome === "missing");
    const event = missing ? "sync.failed" : `sync.${endStatus(entry.record)}`;
    for (const { id, events } of is.notifications) {
      const owes = is.unsent?.some((one) => one.syncId === entry.id && one.to === id && one.event === event) === true;
      if (owes !== events.includes(event))
        fail("the end of a sync is owed to who wants to hear", `${event} ${entry.id}`);
    }
  }
};

/** What a build that has just ended must be told as; null: nobody knows how it ended. */
const buildEnd = ({ status, deploy }: SyncPart): string | null => {
  if (status === "failed") return "build.failed";
  if (status !== "succeeded" || deploy?.state !== "ready") return null;
  return deploy.published === false ? "build.locked" : "build.live";
};

/** A write that ends a build, or after which it is held, owes its layers to know. */
export const buildEndIsOwed = (was: Site | null, is: Site, fail: Fail): void => {
  const before = new Set(was?.owed.map(({ id }) => id));
  const untold = new Set(is.untold?.map(({ id }) => id));
  for (const entry of is.owed) {
    if (entry.kind !== "sync" || before.has(entry.id) || (entry.record.causes ?? []).length === 0) continue;
    const event = Object.values(entry.record.parts).map(buildEnd)[0] ?? null;
    if (event !== null && !untold.has(`${event}/${entry.id}`))
      fail("the end of a build is owed to its layers", entry.id);
  }
  const { held, open } = is.slot;
  const known = Object.values(open).some(({ causes = [] }) => causes.length > 0);
  const fresh = was !== null && was.slot.held === undefined && held !== undefined && known;
  if (fresh && is.untold?.some(({ event }) => event === "build.held") !== true) {
    fail("a held build is told", `${is.id} since ${held.since}`);
  }
};

/** At rest: every layer behind a build was owed the message about it. */
const buildsTold = ({ oracle }: World): void => {
  const { ledger } = oracle;
  for (const [key, versions] of ledger.versions) {
    for (const { document, stamp } of versions) {
      for (const { id, event, causes } of (document?.kind === "site" ? document.untold : undefined) ?? []) {
        for (const { dataLayerId } of causes) {
          const layers = ledger.during(layerKey(dataLayerId), stamp, Number.POSITIVE_INFINITY);
          const stands = layers.every(
            (one) => one?.kind === "layer" && one.notifications.some(({ events }) => events.includes(event)),
          );
          const deleted = ledger.latest(key)?.kind !== "site";
          const owed = layers.some((one) => one?.kind === "layer" && one.told?.includes(id) === true);
          if (stands && !deleted && !owed)
            oracle.fail("who waits for a build is told of it", `${id} to ${dataLayerId}`);
        }
      }
    }
  }
};

/** At rest: what was owed was told, in the same words each time, and nothing else was. */
export const messageLaws = (world: World): void => {
  buildsTold(world);
  const { oracle, receiver, layers } = world;
  const known = new Set<string>();
  for (const { id } of layers) {
    const owed = owedBy(world, id);
    for (const [name, { stamp }] of owed) {
      known.add(name);
      const told = receiver.told.get(name);
      if (told !== undefined && told.bodies.size > 1) oracle.fail("a message is the same at every try", name);
      if ((told?.taken ?? 0) > 0 || (told?.refused ?? 0) >= TRIES || owed.size > MOST || wasGone(world, id, stamp))
        continue;
      oracle.fail("who wants to hear is told, or was tried for long", name);
    }
  }
  for (const name of receiver.told.keys()) {
    if (!known.has(name)) oracle.fail("nobody is told of what did not happen", name);
  }
};
