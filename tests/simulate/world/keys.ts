import type { CallbackClaims, Sealer, Signer } from "../../../src/app/deps.ts";

const tokenOf = (secret: string, { layerId, syncId, slug, fence }: CallbackClaims): string =>
  [secret, layerId, syncId, slug, fence].join("!");

/** What rests on a deploy's secrets, with keys that can be read in a trace instead of real ones, which are random. */
export const makeKeys = (secrets: readonly string[]): { readonly sealer: Sealer; readonly signer: Signer } => {
  const [current = ""] = secrets;
  return {
    sealer: {
      keyId: current,
      seal: (text, place) => `sealed:${current}:${place}:${text}`,
      open(sealed, place) {
        const [, secret = "", of, text = ""] = /^sealed:([^:]*):([^:]*):(.*)$/s.exec(sealed) ?? [];
        return secrets.includes(secret) && of === place ? text : null;
      },
      isCurrent: (sealed) => sealed.startsWith(`sealed:${current}:`),
      isBound: () => true,
    },
    signer: {
      standard: (_secrets, webhookId) => ({ "webhook-id": webhookId }),
      callbackUrl: (claims) => {
        const { layerId, syncId, slug, fence } = claims;
        return `https://here.test/${layerId}/${syncId}/${slug}/${fence}?token=${tokenOf(current, claims)}`;
      },
      isCallback: (claims, token) => secrets.some((secret) => tokenOf(secret, claims) === token),
    },
  };
};
