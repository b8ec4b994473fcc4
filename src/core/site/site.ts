import { z } from "zod/mini";
import { defined } from "../defined.ts";
import { envelope } from "../document.ts";
import { lastEndedSchema, nothingEnded } from "../lastEnded.ts";
import type { ChangeBy } from "../layer/layer.ts";
import { type Some, storedShape } from "../layer/settings.ts";
import { type AuditAction, type AuditEntry, type Owed, oweAudit, owedSchema } from "../owed.ts";
import { lookSchema } from "../proof/lookSchema.ts";
import { emptySlot, slotSchema } from "../slot/slot.ts";
import { actorSchema } from "../slot/sync.ts";
import { usageSchema, withOtherKind } from "../usage/usage.ts";
import { buildEventSchema } from "./buildEvents.ts";
import { deployHistorySchema, deployNotificationsSchema } from "./deployHistory.ts";
import { HOOK_KINDS, type HookKind, hookKindOf, isOtherService } from "./hookKind.ts";
import { allowanceSchema, type Pacing, pacingSchema } from "./pacing.ts";
import { siteSettings } from "./siteSettings.ts";

export const siteSchema = z.looseObject({
  ...envelope,
  kind: z.literal("site"),
  id: z.string(),
  name: z.string(),
  /** Sealed, because anybody who has a build hook can spend the team's credits. */
  buildHook: z.string(),
  buildHookHint: z.string(),
  /** Absent: the hint decides (`hookKindOf`). */
  buildHookKind: z.optional(z.enum(HOOK_KINDS)),
  /** Absent: nobody has chosen, so the default counts. */
  pacing: z.optional(pacingSchema),
  /** Absent: nothing was shared out yet, so the builds of a Free plan count. */
  allowance: z.optional(allowanceSchema),
  ...storedShape(siteSettings),
  /** The site's id at Netlify. With a token of the team, builds are started and followed by it. */
  netlifySiteId: z.optional(z.string()),
  /**
   * The site's id in the configuration document it was imported from. The site's own id is never chosen, because its
   * tombstone is removed.
   */
  configurationId: z.optional(z.string()),
  deployNotifications: z.optional(deployNotificationsSchema),
  deploys: z.optional(deployHistorySchema),
  createdAt: z.number(),
  createdBy: actorSchema,
  updatedAt: z.number(),
  settingsRev: z.number(),
  slot: slotSchema,
  lastEnded: z.optional(lastEndedSchema),
  /** The events of builds that the layers behind them are still to be told of. */
  untold: z.optional(z.array(buildEventSchema)),
  /** The last look at the site's pages. */
  look: z.optional(lookSchema),
  /** The events of live builds that wait until the pages show them. */
  unseen: z.optional(z.array(buildEventSchema)),
  /** The last deliveries for which a build was requested again, because their pages did not show them. */
  healed: z.optional(z.array(z.string())),
  /** The layers whose pages showed nothing after such a build. Nothing is built again for them until one publish is seen. */
  healedInVain: z.optional(z.array(z.string())),
  owed: z.array(owedSchema),
});
export type Site = z.infer<typeof siteSchema>;

export const siteTombstoneSchema = z.looseObject({
  ...envelope,
  kind: z.literal("site-tombstone"),
  id: z.string(),
  /** When the site was created (ms). It names the order marker, as in a deleted layer. */
  createdAt: z.optional(z.number()),
  deletedAt: z.number(),
  usage: z.optional(usageSchema),
  owed: z.array(owedSchema),
});
export type SiteTombstone = z.infer<typeof siteTombstoneSchema>;

export const siteDocumentSchema = z.discriminatedUnion("kind", [siteSchema, siteTombstoneSchema]);
export type SiteDocument = z.infer<typeof siteDocumentSchema>;

const audit = (
  site: Pick<Site, "id" | "name">,
  by: ChangeBy,
  action: AuditAction,
  detail: AuditEntry["detail"],
): Owed =>
  oweAudit({
    id: by.ids.auditIds[0],
    at: by.now,
    actor: by.actor,
    action,
    target: { type: "site", id: site.id, name: site.name },
    dataLayerId: null,
    ...defined({ requestId: by.ids.asked }),
    detail,
  });

/** The settings of a site as a person gives them, checked and sealed. */
export interface SiteSettings extends Some<typeof siteSettings> {
  readonly name: string;
  readonly buildHook: string;
  readonly buildHookHint: string;
  /** Absent: unchanged; for a new site, no choice. */
  readonly buildHookKind?: HookKind;
  /** Absent: unchanged; for a new site, no choice. */
  readonly pacing?: Pacing;
  /** Absent: unchanged; null: none. */
  readonly netlifySiteId?: string | null;
  /** For a new site. Absent: the site's own id. */
  readonly configurationId?: string;
}

/** A new site. `detail` goes into the audit log. */
export const createSite = (
  id: string,
  { netlifySiteId, ...settings }: SiteSettings,
  by: ChangeBy,
  detail: AuditEntry["detail"] = {},
): Site => ({
  v: 1,
  rev: 0,
  by: "",
  at: 0,
  kind: "site",
  id,
  ...settings,
  ...defined({ netlifySiteId: netlifySiteId ?? undefined }),
  createdAt: by.now,
  createdBy: by.actor,
  updatedAt: by.now,
  settingsRev: by.attempt.rev,
  slot: emptySlot(),
  lastEnded: nothingEnded(0),
  owed: [audit({ id, name: settings.name }, by, "site.created", detail)],
});

/** The site with changed settings, and its audit entry with the fields in `changed` and the values in `detail`. */
export const oweSiteChange = (
  site: Site,
  changed: readonly string[],
  by: ChangeBy,
  detail: AuditEntry["detail"] = {},
): Site => {
  const next: Site = { ...site, updatedAt: by.now, settingsRev: by.attempt.rev };
  return { ...next, owed: [...site.owed, audit(next, by, "site.updated", { fields: [...changed], ...detail })] };
};

/** The site with these settings. Another kind of build hook leaves what its builds have cost as it is. */
export const withSettings = (site: Site, { netlifySiteId, ...settings }: SiteSettings): Site => {
  const { netlifySiteId: former, ...rest } = site;
  const id = netlifySiteId === undefined ? former : (netlifySiteId ?? undefined);
  const next = { ...rest, ...settings, ...defined({ netlifySiteId: id }) };
  const { usage } = site.slot;
  if (usage === undefined || hookKindOf(next) === hookKindOf(site)) return next;
  return { ...next, slot: { ...site.slot, usage: withOtherKind(usage) } };
};

/** Changes a site's settings. The audit entry has the fields in `changed` and the values in `detail`. */
export const configureSite = (
  site: Site,
  settings: SiteSettings,
  changed: readonly string[],
  by: ChangeBy,
  detail: AuditEntry["detail"] = {},
): Site => oweSiteChange(withSettings(site, settings), changed, by, detail);

/** Deletes a site by writing a tombstone over it, as for a layer. */
export const siteTombstone = (site: Site, by: ChangeBy, detail: AuditEntry["detail"] = {}): SiteTombstone => ({
  v: site.v,
  rev: site.rev,
  by: site.by,
  at: site.at,
  kind: "site-tombstone",
  id: site.id,
  createdAt: site.createdAt,
  deletedAt: by.now,
  ...(site.slot.usage && { usage: isOtherService(site) ? withOtherKind(site.slot.usage) : site.slot.usage }),
  owed: [...site.owed.filter(({ kind }) => kind === "audit"), audit(site, by, "site.deleted", detail)],
});

/** Owes an audit entry about a person's command to the site's slot. */
export const oweSiteAct = (site: Site, by: ChangeBy, action: AuditAction, detail: AuditEntry["detail"]): Site => ({
  ...site,
  owed: [...site.owed, audit(site, by, action, detail)],
});
