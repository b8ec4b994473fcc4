import type { Opener } from "../../app/stored/sealing.ts";
import type { Verification } from "../../core/webhook/verification.ts";
import { sign, type Unsigned } from "../senders/sign.ts";
import { urlFor } from "./fillRecipe.ts";
import type { Recipe } from "./recipe.ts";

/** What a test request needs besides its recipe. */
export interface TestSettings {
  /** The webhook's URL. */
  readonly url: string;
  readonly source: string | null;
  /** How the webhook verifies requests; null: not at all. */
  readonly verification: Verification | null;
  /** When the request is sent (ms). */
  readonly at: number;
  readonly id: string;
}

export type TestRequest =
  | { readonly kind: "request"; readonly url: string; readonly request: Unsigned }
  /** The CMS cannot give such a proof. */
  | { readonly kind: "cannot-prove"; readonly scheme: string }
  /** This release cannot give such a proof. */
  | { readonly kind: "unsignable"; readonly scheme: string }
  | { readonly kind: "secret-unreadable" };

/** The request that a CMS would send to one webhook, proved with the webhook's secret. */
export const testRequest = (recipe: Recipe, of: TestSettings, opener: Opener): TestRequest => {
  const { verification, source, at, id } = of;
  const url = urlFor(recipe, of);
  const { origin, pathname, search } = new URL(url);
  // A header holds bytes, and a sender writes them as UTF-8.
  const sourceHeader =
    source !== null && recipe.headers ? { "x-connect-data-source": Buffer.from(source).toString("latin1") } : {};
  const request: Unsigned = {
    method: "POST",
    origin,
    target: `${pathname}${search}`,
    headers: { ...recipe.sample.headers, ...sourceHeader },
    body: recipe.sample.body,
  };
  if (verification === null) return { kind: "request", url, request };
  const { scheme, secrets } = verification;
  if (!recipe.proofs.some((proof) => proof === scheme)) {
    return { kind: recipe.cms === "custom" ? "unsignable" : "cannot-prove", scheme };
  }
  const secret = secrets[0] === undefined ? null : opener.open(secrets[0]);
  if (secret === null) return { kind: "secret-unreadable" };
  const signed = sign(request, verification, secret, at, id);
  return signed.kind === "signed" ? { kind: "request", url, request: signed.request } : { kind: "unsignable", scheme };
};
