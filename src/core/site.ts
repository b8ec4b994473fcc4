import { z } from "zod";
import { envelope } from "./document.ts";
import type { ChangeBy } from "./layer.ts";
import { type AuditEntry, type Owed, oweAudit, owedSchema } from "./owed.ts";
import { actorSchema, emptySlot, type Parts, slotSchema } from "./slot.ts";

/** The one part of a site's slot. */
export const BUILD = "build";

export const siteSchema = z.looseObject({
  ...envelope,
  kind: z.literal("site"),
  id: z.string(),
  name: z.string(),
  /** Sealed: whoever has it can spend the team's credits. */
  buildHook: z.string(),
  buildHookHint: z.string(),
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
  deletedAt: z.number(),
  owed: z.array(owedSchema),
});
export type SiteTombstone = z.infer<typeof siteTombstoneSchema>;

export const siteDocumentSchema = z.discriminatedUnion("kind", [siteSchema, siteTombstoneSchema]);
export type SiteDocument = z.infer<typeof siteDocumentSchema>;

/** A site's slot is a layer's slot with one part and nothing behind it. */
export const siteParts: Parts = { known: [BUILD], buildOnly: false, sites: false };

const audit = (
  site: Pick<Site, "id" | "name">,
  by: ChangeBy,
  action: AuditEntry["action"],
  detail: AuditEntry["detail"],
): Owed =>
  oweAudit({
    id: by.ids.auditIds[0],
    at: by.now,
    actor: by.actor,
    action,
    target: { type: "site", id: site.id, name: site.name },
    dataLayerId: null,
    detail,
  });

/** What a person gives a site, checked and sealed. */
export interface SiteSettings {
  readonly name: string;
  readonly buildHook: string;
  readonly buildHookHint: string;
}

/** A new site. */
export const createSite = (id: string, settings: SiteSettings, by: ChangeBy): Site => ({
  v: 1,
  rev: 0,
  by: "",
  at: 0,
  kind: "site",
  id,
  ...settings,
  createdAt: by.now,
  createdBy: by.actor,
  updatedAt: by.now,
  settingsRev: by.attempt.rev,
  slot: emptySlot(),
  owed: [audit({ id, name: settings.name }, by, "site.created", {})],
});

/** Changes a site's settings; `changed` names the fields for the audit log. */
export const configureSite = (site: Site, settings: SiteSettings, changed: readonly string[], by: ChangeBy): Site => {
  const next: Site = { ...site, ...settings, updatedAt: by.now, settingsRev: by.attempt.rev };
  return { ...next, owed: [...site.owed, audit(next, by, "site.updated", { fields: [...changed] })] };
};

/** Deletes a site by writing over it, as a layer is. */
export const siteTombstone = (site: Site, by: ChangeBy): SiteTombstone => ({
  v: site.v,
  rev: site.rev,
  by: site.by,
  at: site.at,
  kind: "site-tombstone",
  id: site.id,
  deletedAt: by.now,
  owed: [...site.owed.filter(({ kind }) => kind === "audit"), audit(site, by, "site.deleted", {})],
});
