import { storedUrl } from "./storedUrl.ts";

/** Stands for a value that its reader may not see. */
export const MASK = "…";

const maskedPair = (pair: string): string => {
  if (pair === "") return pair;
  const end = pair.indexOf("=");
  return end < 0 ? MASK : `${pair.slice(0, end)}=${MASK}`;
};

/** A URL for whoever may not write: any value of its query may be a key, and what names a user is one. */
export const maskedQuery = (text: string): string => {
  const url = URL.parse(text);
  if (url === null) return MASK;
  if (`${url.search}${url.hash}${url.username}${url.password}` === "") return text;
  const user = `${url.username}${url.password}` === "" ? "" : `${MASK}@`;
  const query = url.search === "" ? "" : `?${url.search.slice(1).split("&").map(maskedPair).join("&")}`;
  return `${url.protocol}//${user}${url.host}${url.pathname}${query}${url.hash === "" ? "" : `#${MASK}`}`;
};

/**
 * The URL that is meant where a masked one may have been sent back: the standing one if its mask is this. Null: it is the mask of
 * another URL, which nobody here can know.
 */
export const unmasked = (url: string, standing: string | undefined): string | null => {
  if (standing !== undefined && storedUrl(maskedQuery(standing)) === storedUrl(url)) return standing;
  const { username = "", search = "", hash = "" } = URL.parse(url) ?? {};
  return `${username}${search}${hash}`.includes(encodeURIComponent(MASK)) ? null : url;
};
