import type { Layer, Message } from "../../../src/core/layer/layer.ts";
import { messageId } from "../../../src/core/layer/messages.ts";
import { endStatus } from "../../../src/core/slot/ending.ts";
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
  for (const { document, stamp } of world.oracle.ledger.versions.get(layerKey(id)) ?? []) {
    if (document?.kind !== "layer") continue;
    for (const message of document.unsent ?? []) {
      const name = messageId(message);
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

/** At rest: what was owed was told, in the same words each time, and nothing else was. */
export const messageLaws = (world: World): void => {
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
