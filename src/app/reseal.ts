import type { Receiver } from "../core/deployReceiver.ts";
import type { Layer, Webhook } from "../core/layer.ts";
import type { Site } from "../core/site.ts";
import type { HttpSource, Source } from "../core/source.ts";
import type { Deps, Sealer, Target } from "./deps.ts";
import { ONCE, updateLayer, updateSite } from "./documents.ts";
import { needsReseal } from "./sealing.ts";

/** Sealed anew; what cannot be opened stays as it is, for the day its key is named again. */
const renew = (sealer: Sealer, sealed: string): string => {
  const text = sealer.isCurrent(sealed) ? null : sealer.open(sealed);
  return text === null ? sealed : sealer.seal(text);
};

type Signing = Pick<HttpSource, "secret" | "previousSecret">;

const renewSigning = (sealer: Sealer, { secret, previousSecret }: Signing): Signing => ({
  secret: renew(sealer, secret),
  ...(previousSecret === undefined
    ? {}
    : { previousSecret: { ...previousSecret, secret: renew(sealer, previousSecret.secret) } }),
});

const renewSource = (sealer: Sealer, source: Source): Source => {
  if (source.type === "probe") {
    if (source.headers === undefined) return source;
    const headers = Object.entries(source.headers).map(([name, value]) => [name, renew(sealer, value)] as const);
    return { ...source, headers: Object.fromEntries(headers) };
  }
  return { ...source, ...renewSigning(sealer, source) };
};

const renewReceiver = <R extends Receiver>(sealer: Sealer, receiver: R): R => ({
  ...receiver,
  secret: renew(sealer, receiver.secret),
  signingSecret: renew(sealer, receiver.signingSecret),
});

const renewSite = (sealer: Sealer, site: Site): Site => {
  const { deployNotifications: heard } = site;
  const previous = heard?.previous === undefined ? {} : { previous: renewReceiver(sealer, heard.previous) };
  return {
    ...site,
    buildHook: renew(sealer, site.buildHook),
    ...(heard === undefined ? {} : { deployNotifications: { ...renewReceiver(sealer, heard), ...previous } }),
  };
};

const renewWebhook = <W extends Pick<Webhook, "verification">>(sealer: Sealer, webhook: W): W => {
  const { verification } = webhook;
  if (verification === undefined) return webhook;
  return {
    ...webhook,
    verification: { ...verification, secrets: verification.secrets.map((secret) => renew(sealer, secret)) },
  };
};

const renewLayer = (sealer: Sealer, layer: Layer): Layer => ({
  ...layer,
  sources: layer.sources.map((source) => renewSource(sealer, source)),
  notifications: layer.notifications.map((notification) => ({
    ...notification,
    url: renew(sealer, notification.url),
    ...renewSigning(sealer, notification),
  })),
  webhooks: layer.webhooks.map((webhook) => renewWebhook(sealer, webhook)),
  deletedWebhooks: layer.deletedWebhooks.map((gone) =>
    gone.restorable === undefined ? gone : { ...gone, restorable: renewWebhook(sealer, gone.restorable) },
  ),
});

/**
 * Seals what a document holds with the key in use, so that a rotation of the secret comes to its end by itself: without
 * it, dropping the former key would lose every credential that nobody has entered again. One try; never throws.
 */
export const reseal = async (deps: Deps, target: Target): Promise<void> => {
  const { sealer } = deps;
  try {
    if (target.kind === "layer") {
      await updateLayer(
        deps,
        target.id,
        (document) =>
          document?.kind === "layer" && needsReseal(sealer, document)
            ? { kind: "write", document: renewLayer(sealer, document), result: null }
            : { kind: "keep", result: null },
        ONCE,
      );
      return;
    }
    await updateSite(
      deps,
      target.id,
      (document) =>
        document?.kind === "site" && needsReseal(sealer, document)
          ? { kind: "write", document: renewSite(sealer, document), result: null }
          : { kind: "keep", result: null },
      ONCE,
    );
  } catch {
    deps.report({ kind: "trouble", where: `sealing of ${target.kind} ${target.id}`, error: "left for later" });
  }
};
