import { oweSiteAct, type Site } from "../../core/site/site.ts";
import { accept } from "../../core/slot/accept.ts";
import { needsWake } from "../../core/slot/claim.ts";
import type { Actor } from "../../core/slot/slot.ts";
import type { Deps } from "../deps.ts";
import { changeSite, type NoRoom, type UnknownSite } from "./changes.ts";

export interface BuildAsked {
  readonly kind: "asked";
  readonly site: Site;
  readonly buildId: string;
  readonly wake: boolean;
}

/**
 * Builds a site now: what is pending is let go, whatever it waits for but a build that runs; without anything pending it is
 * a build of its own. It counts against interval and budgets as any other does.
 */
export const buildNow = (deps: Deps, actor: Actor, siteId: string): Promise<BuildAsked | UnknownSite | NoRoom> => {
  const receivedAt = deps.clock.now();
  return changeSite<BuildAsked>(deps, actor, siteId, (site, { by }) => {
    const id = by.ids.requestId;
    const request = {
      id,
      receivedAt,
      all: true,
      slugs: [],
      full: true,
      trigger: { type: "manual", id, at: receivedAt, actor },
      build: false,
      released: true,
      written: true,
    } as const;
    const accepted = accept(site.slot, request, by.attempt, by.ids.syncId);
    const asked = (next: Site): BuildAsked => ({
      kind: "asked",
      site: next,
      buildId: accepted.syncId,
      wake: needsWake(next.slot, by.now, true),
    });
    if (accepted.slot === null) return { kind: "keep", result: asked(site) };
    const detail = { buildId: accepted.syncId };
    const document = oweSiteAct({ ...site, slot: accepted.slot }, by, "build.requested", detail);
    return { kind: "write", document, result: asked(document) };
  });
};
