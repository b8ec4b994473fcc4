import type { Deps, Target } from "../deps.ts";
import { placeOf, sealOnce } from "../stored/sealing.ts";
import { urlAfter } from "./storedUrl.ts";

/** A URL that is a credential, as it is shown: its host and its last four characters. */
export const maskedUrl = (url: string): string => `${URL.parse(url)?.host ?? ""}/…${url.slice(-4)}`;

/** Creates and seals the credentials of one change. Each is created once, so that every attempt decides the same. */
export interface Seals {
  /** The new signing secret for a part of the document, sealed. */
  secretOf(part: string): string;
  /**
   * A secret or a header's value, sealed for a part of the document. If the stored text holds the same value, that text
   * is returned.
   */
  credential(text: string, part: string, storedText?: string): string;
  /**
   * A URL that is a credential, sealed for a part of the document, and how it is shown. If the stored text holds the
   * same URL, that text is returned.
   */
  url(url: string, part: string, storedText?: string): { readonly sealed: string; readonly hint: string };
  /** The id of the notification at this place of the input. */
  notificationId(index: number): string;
}

/** The credentials of one change to a document. */
export const makeSeals = (deps: Deps, document: Target): Seals => {
  const values = new Map<string, string>();
  const once = (key: string, make: () => string): string => {
    const value = values.get(key) ?? make();
    values.set(key, value);
    return value;
  };
  const { sealer } = deps;
  const seal = sealOnce(sealer);
  const credential = (text: string, part: string, storedText?: string): string => {
    const place = placeOf(document, part);
    const isSame = storedText !== undefined && sealer.isCurrent(storedText) && sealer.open(storedText, place) === text;
    return isSame ? storedText : seal(text, place);
  };
  return {
    secretOf: (part) => once(`secret ${part}`, () => sealer.seal(deps.ids.signingSecret(), placeOf(document, part))),
    credential,
    url(url, part, storedText) {
      const storedUrl = storedText === undefined ? null : sealer.open(storedText, placeOf(document, part));
      const next = urlAfter(storedUrl, url);
      return { sealed: credential(next, part, storedText), hint: maskedUrl(next) };
    },
    notificationId: (index) => once(`notification ${index}`, () => deps.ids.timeOrdered()),
  };
};
