import type { Deps, Target } from "../deps.ts";
import { placeOf, sealOnce } from "../stored/sealing.ts";
import { keptUrl } from "./storedUrl.ts";

/** A credential as it is shown: its host and last four characters. */
export const maskedUrl = (url: string): string => `${URL.parse(url)?.host ?? ""}/…${url.slice(-4)}`;

/** Creates and seals the credentials of one change. Each is created once, so that every attempt decides the same. */
export interface Seals {
  /** The new signing secret for a part of the document, sealed. */
  secretOf(part: string): string;
  /**
   * A secret or a header's value, sealed for a part of the document. If the stored text holds the same value, that text
   * is returned.
   */
  credential(text: string, part: string, standing?: string): string;
  /**
   * A URL that is a credential, sealed for a part of the document, and how it is shown. If the stored text holds the
   * same URL, that text is returned.
   */
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
