import type { PacingGiven } from "../../core/site/site.ts";
import type { LayerPatch } from "../settings/layerSettings.ts";
import type { WebhookSettingsConfiguration } from "./webhookConfiguration.ts";

/** A site as a configuration document has it. */
export interface SiteConfiguration {
  readonly id: string;
  readonly name: string;
  /** Absent: the one that stands is kept. */
  readonly buildHook?: string | undefined;
  readonly pacing?: PacingGiven | undefined;
  readonly netlifySiteId?: string | null | undefined;
}

/** A webhook as a configuration document has it: known by its id, else by its ref, else by its name. */
export interface WebhookConfiguration extends WebhookSettingsConfiguration {
  readonly ref?: string | undefined;
  readonly name: string;
  readonly id?: string | undefined;
}

/** A layer as a configuration document has it; what is absent stays as it is. */
export interface LayerConfiguration extends Omit<LayerPatch, "connectedSites"> {
  readonly id: string;
  readonly name: string;
  /** By the ids of the document's sites. */
  readonly connectedSites?: readonly { readonly siteId: string }[] | undefined;
  readonly webhooks?: readonly WebhookConfiguration[] | undefined;
}

/** Everything that people set, in one document. */
export interface Configuration {
  readonly sites: readonly SiteConfiguration[];
  readonly dataLayers: readonly LayerConfiguration[];
}
