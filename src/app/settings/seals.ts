import type { Deps, Target } from "../deps.ts";
import { placeOf, sealOnce } from "../stored/sealing.ts";
import { keptUrl } from "./storedUrl.ts";

/** How a credential is shown: its host and last four characters. */
export const maskedUrl = (url: string): string => `${URL.parse(url)?.host ?? ""}/…${url.slice(-4)}`;

/** Makes and seals the credentials of one change. Each is made once, so that every attempt decides the same. */
export interface Seals {
  /** The new signing secret for a part of the document, sealed. */
  secretOf(part: string): string;
  /** A secret or a header's value, sealed for a part of the document; the standing text if it holds just this one. */
  credential(text: string, part: string, standing?: string): string;
  /** A URL that is a credential, sealed so, and how it is shown; the standing text if it holds the same URL. */
  url(url: string, part: string, standing?: string): { readonly sealed: string; readonly hint: string };
  /** The id of the notification at this place of the input. */
  notificationId(index: number): string;
}

/** The credentials of one change to a document. */
export const makeSeals = (deps: Deps, document: Target): Seals => {
  const made = new Map<string, string>();
  const once = (key: string, make: () => string): string => {
    const value = made.get(key) ?? make();
    made.set(key, value);
    return value;
  };
  const { sealer } = deps;
  const seal = sealOnce(sealer);
  const credential = (text: string, part: string, standing?: string): string => {
    const place = placeOf(document, part);
    const stands = standing !== undefined && sealer.isCurrent(standing) && sealer.open(standing, place) === text;
    return stands ? standing : seal(text, place);
  };
  return {
    secretOf: (part) => once(`secret ${part}`, () => sealer.seal(deps.ids.signingSecret(), placeOf(document, part))),
    credential,
    url(url, part, standing) {
      const kept = keptUrl(standing === undefined ? null : sealer.open(standing, placeOf(document, part)), url);
      return { sealed: credential(kept, part, standing), hint: maskedUrl(kept) };
    },
    notificationId: (index) => once(`notification ${index}`, () => deps.ids.timeOrdered()),
  };
};
