import { z } from "zod/mini";
import { defined } from "../defined.ts";
import { envelope } from "../document.ts";
import { SECOND } from "../durations.ts";
import type { ChangeBy } from "../layer/layer.ts";
import { type AuditAction, type AuditEntry, type Owed, oweAudit, owedSchema } from "../owed.ts";
import { deploySchema } from "../slot/deploy.ts";
import { opening, type Pace, PRESETS, type Preset } from "../slot/pace.ts";
import { type Actor, actorSchema, emptySlot, type Parts, slotSchema } from "../slot/slot.ts";
import { usageSchema } from "../usage/usage.ts";

/** The one part of a site's slot. */
export const BUILD = "build";

/** How a site spends its builds, in the units a person gives. */
export const pacingSchema = z.looseObject({
  /** The preset it is, if it is one. */
  preset: z.nullable(z.enum(["instant", "balanced", "saver"])),
  quietSeconds: z.number(),
  maxWaitSeconds: z.number(),
  minIntervalSeconds: z.number(),
  dailyBuilds: z.nullable(z.number()),
  monthlyBuilds: z.nullable(z.number()),
});
export type Pacing = z.infer<typeof pacingSchema>;

/** Where Netlify tells of this site's deploys. All sealed: whoever has them can end a build that has not ended. */
const receiverSchema = z.looseObject({ secret: z.string(), signingSecret: z.string() });
export const deployNotificationsSchema = z.looseObject({
  ...receiverSchema.shape,
  createdAt: z.number(),
  /** The address before the last rotation, heard until then. */
  previous: z.optional(z.looseObject({ ...receiverSchema.shape, until: z.number() })),
});
export type DeployNotifications = z.infer<typeof deployNotificationsSchema>;

/** A deploy that was told of, and the revision that first noted it: it had begun before that. */
export const toldDeploySchema = z.looseObject({ ...deploySchema.shape, heardRev: z.optional(z.number()) });

export type ToldDeploy = z.infer<typeof toldDeploySchema>;

/** What Netlify told of the site's deploys. */
export const heardSchema = z.looseObject({
  /** When it last told anything. */
  heardAt: z.number(),
  /** Visitors are kept on one deploy; what is built meanwhile is not published. */
  locked: z.boolean(),
  /** The deploy that visitors see, since when. */
  live: z.optional(z.looseObject({ id: z.string(), at: z.number() })),
  /** Production deploys, the one heard of last first. */
  recent: z.array(toldDeploySchema),
});
export type Heard = z.infer<typeof heardSchema>;

export const siteSchema = z.looseObject({
  ...envelope,
  kind: z.literal("site"),
  id: z.string(),
  name: z.string(),
  /** Sealed: whoever has it can spend the team's credits. */
  buildHook: z.string(),
  buildHookHint: z.string(),
  /** Absent: nobody has chosen, it is `balanced`. */
  pacing: z.optional(pacingSchema),
  /** Netlify's own id of the site: with a token of the team's, builds are begun and followed by it. */
  netlifySiteId: z.optional(z.string()),
  /** Its id in the configuration document it was made from: a site's own id is never chosen, as its tombstone goes. */
  configurationId: z.optional(z.string()),
  deployNotifications: z.optional(deployNotificationsSchema),
  deploys: z.optional(heardSchema),
  createdAt: z.number(),
  createdBy: actorSchema,
  updatedAt: z.number(),
  settingsRev: z.number(),
  slot: slotSchema,
  owed: z.array(owedSchema),
});
export type Site = z.infer<typeof siteSchema>;

export const siteTombstoneSchema = z.looseObject({
  ...envelope,
  kind: z.literal("site-tombstone"),
  id: z.string(),
  /** As a deleted layer's. */
  createdAt: z.optional(z.number()),
  deletedAt: z.number(),
  usage: z.optional(usageSchema),
  owed: z.array(owedSchema),
});
export type SiteTombstone = z.infer<typeof siteTombstoneSchema>;

export const siteDocumentSchema = z.discriminatedUnion("kind", [siteSchema, siteTombstoneSchema]);
export type SiteDocument = z.infer<typeof siteDocumentSchema>;

/** A preset in the units a person gives. */
export const presetPacing = (preset: Preset): Pacing => {
  const { quiet, maxWait, minInterval, daily, monthly } = PRESETS[preset];
  return {
    preset,
    quietSeconds: quiet / SECOND,
    maxWaitSeconds: maxWait / SECOND,
    minIntervalSeconds: minInterval / SECOND,
    dailyBuilds: daily,
    monthlyBuilds: monthly,
  };
};

/** What a person says about pacing; what is left out is as the preset has it. */
export interface PacingGiven {
  readonly preset?: Preset | undefined;
  readonly quietSeconds?: number | undefined;
  readonly maxWaitSeconds?: number | undefined;
  readonly minIntervalSeconds?: number | undefined;
  readonly dailyBuilds?: number | null | undefined;
  readonly monthlyBuilds?: number | null | undefined;
}

/** Pacing as it was given, every number said; it keeps the name of its preset while it is equal to it. */
export const pacingFrom = ({ preset = "balanced", ...given }: PacingGiven): Pacing => {
  const base = presetPacing(preset);
  const pacing = {
    quietSeconds: given.quietSeconds ?? base.quietSeconds,
    maxWaitSeconds: given.maxWaitSeconds ?? base.maxWaitSeconds,
    minIntervalSeconds: given.minIntervalSeconds ?? base.minIntervalSeconds,
    dailyBuilds: given.dailyBuilds === undefined ? base.dailyBuilds : given.dailyBuilds,
    monthlyBuilds: given.monthlyBuilds === undefined ? base.monthlyBuilds : given.monthlyBuilds,
  };
  return { ...pacing, preset: samePacing({ ...pacing, preset }, base) ? preset : null };
};

/** Whether two say the same. */
export const samePacing = (a: Pacing, b: Pacing): boolean =>
  a.preset === b.preset &&
  a.quietSeconds === b.quietSeconds &&
  a.maxWaitSeconds === b.maxWaitSeconds &&
  a.minIntervalSeconds === b.minIntervalSeconds &&
  a.dailyBuilds === b.dailyBuilds &&
  a.monthlyBuilds === b.monthlyBuilds;

/** How a site is paced; one for which nobody has chosen is `balanced`. */
export const pacingOf = ({ pacing }: Pick<Site, "pacing">): Pacing => pacing ?? presetPacing("balanced");

const paceOf = (site: Pick<Site, "pacing">): Pace => {
  const { quietSeconds, maxWaitSeconds, minIntervalSeconds, dailyBuilds, monthlyBuilds } = pacingOf(site);
  return {
    quiet: quietSeconds * SECOND,
    maxWait: maxWaitSeconds * SECOND,
    minInterval: minIntervalSeconds * SECOND,
    daily: dailyBuilds,
    monthly: monthlyBuilds,
  };
};

/** A site's slot is a layer's slot with one part, nothing behind it, and a price. */
export const siteParts = (site: Pick<Site, "pacing">): Parts => ({
  known: [BUILD],
  buildOnly: false,
  sites: false,
  pace: paceOf(site),
  acceptedIsOver: true,
});

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

/** What a person gives a site, checked and sealed. */
export interface SiteSettings {
  readonly name: string;
  readonly buildHook: string;
  readonly buildHookHint: string;
  /** Absent: as it was; for a new site, as nobody has chosen. */
  readonly pacing?: Pacing;
  /** Absent: as it was; null: none. */
  readonly netlifySiteId?: string | null;
  /** For a new site; absent: its own id. */
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
  owed: [audit({ id, name: settings.name }, by, "site.created", detail)],
});

/** A site whose settings changed; `changed` names the fields for the audit log, `detail` says more of them there. */
export const oweSiteChange = (
  site: Site,
  changed: readonly string[],
  by: ChangeBy,
  detail: AuditEntry["detail"] = {},
): Site => {
  const next: Site = { ...site, updatedAt: by.now, settingsRev: by.attempt.rev };
  return { ...next, owed: [...site.owed, audit(next, by, "site.updated", { fields: [...changed], ...detail })] };
};

/** The site with these settings. */
export const withSettings = (site: Site, { netlifySiteId, ...settings }: SiteSettings): Site => {
  const { netlifySiteId: former, ...kept } = site;
  const id = netlifySiteId === undefined ? former : (netlifySiteId ?? undefined);
  return { ...kept, ...settings, ...defined({ netlifySiteId: id }) };
};

/** Changes a site's settings; `changed` names the fields for the audit log, `detail` says more of them there. */
export const configureSite = (
  site: Site,
  settings: SiteSettings,
  changed: readonly string[],
  by: ChangeBy,
  detail: AuditEntry["detail"] = {},
): Site => oweSiteChange(withSettings(site, settings), changed, by, detail);

/** Deletes a site by writing over it, as a layer is. */
export const siteTombstone = (site: Site, by: ChangeBy, detail: AuditEntry["detail"] = {}): SiteTombstone => ({
  v: site.v,
  rev: site.rev,
  by: site.by,
  at: site.at,
  kind: "site-tombstone",
  id: site.id,
  createdAt: site.createdAt,
  deletedAt: by.now,
  ...(site.slot.usage && { usage: site.slot.usage }),
  owed: [...site.owed.filter(({ kind }) => kind === "audit"), audit(site, by, "site.deleted", detail)],
});

/** Who acts when nobody does. */
const SYSTEM: Actor = { id: "layerhook", name: "Layerhook", email: "" };

/** Owes an entry about something a person did to the site's slot. */
export const oweSiteAct = (site: Site, by: ChangeBy, action: AuditAction, detail: AuditEntry["detail"]): Site => ({
  ...site,
  owed: [...site.owed, audit(site, by, action, detail)],
});

/**
 * Says once for each day or month that its budget holds back what is pending. Nothing is dropped by that: it is built when
 * the budget begins anew, or when a person lets it go.
 */
export const announceBudget = (site: Site, now: number, entryId: string): Site => {
  const { pending, spent } = site.slot;
  const { pace } = siteParts(site);
  if (pending === null || spent === undefined) return site;
  const { at, waitingFor } = opening(pending, spent, pace);
  if (waitingFor !== "budget" || spent.announced === at) return site;
  const { dailyBuilds, monthlyBuilds } = pacingOf(site);
  const entry = oweAudit({
    id: entryId,
    at: now,
    actor: SYSTEM,
    action: "site.budget_reached",
    target: { type: "site", id: site.id, name: site.name },
    dataLayerId: null,
    detail: { dailyBuilds, monthlyBuilds, builtToday: spent.today, builtThisMonth: spent.thisMonth },
  });
  return { ...site, slot: { ...site.slot, spent: { ...spent, announced: at } }, owed: [...site.owed, entry] };
};
