import type { Some } from "../../core/layer/settings.ts";
import type { HookKind } from "../../core/site/hookKind.ts";
import type { PacingGiven } from "../../core/site/pacing.ts";
import type { siteSettings } from "../../core/site/siteSettings.ts";
import type { LayerPatch } from "../settings/layerSettings.ts";
import type { WebhookSettingsConfiguration } from "./webhookConfiguration.ts";

/** A site as a configuration document has it. */
export interface SiteConfiguration extends Some<typeof siteSettings> {
  readonly id: string;
  readonly name: string;
  /** Absent: the stored build hook is kept. */
  readonly buildHook?: string | undefined;
  readonly kind?: HookKind | undefined;
  readonly pacing?: PacingGiven | undefined;
  readonly netlifySiteId?: string | null | undefined;
}

/** A webhook in a configuration document, recognised by its id, or else by its ref, or else by its name. */
export interface WebhookConfiguration extends WebhookSettingsConfiguration {
  readonly ref?: string | undefined;
  readonly name: string;
  readonly id?: string | undefined;
}

/** A layer in a configuration document; absent fields stay as they are. */
export interface LayerConfiguration extends Omit<LayerPatch, "connectedSites"> {
  readonly id: string;
  readonly name: string;
  /** The ids of sites in the document. */
  readonly connectedSites?: readonly { readonly siteId: string }[] | undefined;
  readonly webhooks?: readonly WebhookConfiguration[] | undefined;
}

/** All settings of a system in one document. */
export interface Configuration {
  readonly sites: readonly SiteConfiguration[];
  readonly dataLayers: readonly LayerConfiguration[];
}
