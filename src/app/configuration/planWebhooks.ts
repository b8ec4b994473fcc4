import type { Webhook } from "../../core/layer/layer.ts";
import { WEBHOOKS } from "../../core/limits.ts";
import type { Actor } from "../../core/slot/sync.ts";
import { equalSecrets } from "../../core/webhook/authenticate.ts";
import { settingsFit, type WebhookChange } from "../../core/webhook/webhookSettings.ts";
import type { Deps, Target } from "../deps.ts";
import { changeWebhook, createWebhook, removeWebhook } from "../manage/webhooks.ts";
import { openerOf, placeOf, sealedParts, sealOnce } from "../stored/sealing.ts";
import type { WebhookConfiguration } from "./configuration.ts";
import { type ConfigurationFault, type Step, unchanged } from "./configurationStep.ts";
import {
  differingFields,
  plannedWebhook,
  SECRET_NEEDED,
  SETTINGS_TOO_LONG,
  settingsChange,
} from "./webhookConfiguration.ts";

/** The webhooks that a document gives a layer, and the layer's current webhooks. */
export interface LayerWebhooks {
  readonly layerId: string;
  readonly given: readonly WebhookConfiguration[];
  readonly current: readonly Webhook[];
  /** Deletes the webhooks that the document does not have. */
  readonly deletesOthers: boolean;
  /** The layer's place in the document. */
  readonly path: string;
}

/** The webhook that an entry of the document means: by its id, or else by its ref, or else by its name. */
const webhookOf = ({ id, ref, name }: WebhookConfiguration, free: readonly Webhook[]): Webhook | undefined =>
  free.find((webhook) => {
    if (id !== undefined) return equalSecrets(webhook.id, id);
    return ref === undefined ? webhook.name === name : webhook.ref === ref;
  });

/** The faults of all webhooks together: too many, or settings too long. */
const roomFaults = (
  planned: readonly Webhook[],
  others: readonly Webhook[],
  { given, path }: LayerWebhooks,
): ConfigurationFault[] => {
  const faults: ConfigurationFault[] = [];
  const at = `${path}.webhooks`;
  const count = given.length + others.length;
  if (count > WEBHOOKS) {
    const message = `a data layer may have at most ${WEBHOOKS} webhooks; with the existing ones this would be ${count}`;
    faults.push({ path: at, message });
  }
  const [first, ...more] = [...planned, ...others];
  if (first !== undefined && !settingsFit({ webhooks: more }, first)) {
    faults.push({ path: at, message: SETTINGS_TOO_LONG });
  }
  return faults;
};

/** Plans the steps from a layer's webhooks to those of a document. Nothing is written before a step runs. */
export const planWebhooks = (
  deps: Deps,
  actor: Actor,
  input: LayerWebhooks,
): { readonly steps: readonly Step[]; readonly faults: readonly ConfigurationFault[] } => {
  const { layerId, given, current: standing, deletesOthers: drops, path } = input;
  const steps: Step[] = [];
  const faults: ConfigurationFault[] = [];
  const planned: Webhook[] = [];
  const matchedRefs = new Set<string>();
  const touched: Target = { kind: "layer", id: layerId };
  const seal = sealOnce(deps.sealer);
  const add = (
    action: Step["change"]["action"],
    webhook: { readonly ref: string | null; readonly name: string },
    run: () => Promise<{ readonly kind: string }>,
    fields: readonly string[] = [],
  ): void => {
    const { ref, name } = webhook;
    steps.push({
      change: { type: "webhook", id: ref, name, dataLayerId: layerId, action, fields },
      run: action === "unchanged" ? unchanged : async () => ({ kind: (await run()).kind, touched }),
    });
  };
  for (const [index, webhook] of given.entries()) {
    const { id, ref = null, name, ...settings } = webhook;
    const at = `${path}.webhooks.${index}`;
    const found = webhookOf(
      webhook,
      standing.filter((one) => !matchedRefs.has(one.ref)),
    );
    if (found === undefined && id === undefined && ref !== null) {
      const message =
        "is not an existing webhook; give its id (export with secrets), or leave ref out to create a webhook";
      faults.push({ path: `${at}.ref`, message });
      continue;
    }
    const changeOf = (ofRef: string): WebhookChange => {
      const part = sealedParts.webhook(ofRef);
      const opener = openerOf(deps.sealer, touched, part);
      return settingsChange(settings, found, opener, (text) => seal(text, placeOf(touched, part)));
    };
    const change = { ...changeOf(found?.ref ?? ""), name };
    const next = plannedWebhook(found, change, `new ${index}`, deps.clock.now());
    if (found !== undefined) matchedRefs.add(found.ref);
    if (next === null) {
      faults.push({ path: `${at}.verification.secret`, message: SECRET_NEEDED });
      continue;
    }
    planned.push(next);
    if (found === undefined) {
      add("create", { ref, name }, () => createWebhook(deps, actor, layerId, name, id ?? null, changeOf, ref));
      continue;
    }
    const fields = differingFields(found, next);
    const update = () => changeWebhook(deps, actor, layerId, found.ref, name, () => true, changeOf);
    add(fields.length === 0 ? "unchanged" : "update", { ref: found.ref, name }, update, fields);
  }
  const others = standing.filter(({ ref }) => !matchedRefs.has(ref));
  faults.push(...roomFaults(planned, others, input));
  // Deletions come after the new webhooks, so that the default webhook is not accepted in between.
  for (const one of drops ? others : []) add("delete", one, () => removeWebhook(deps, actor, layerId, one.ref));
  return { steps, faults };
};
