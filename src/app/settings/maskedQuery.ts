import { storedUrl } from "./storedUrl.ts";

/** Replaces a value that the reader may not see. */
export const MASK = "…";

const maskedPair = (pair: string): string => {
  if (pair === "") return pair;
  const end = pair.indexOf("=");
  return end < 0 ? MASK : `${pair.slice(0, end)}=${MASK}`;
};

/** A URL for readers who may not write. Its user and every value of its query may be keys, so they are masked. */
export const maskedQuery = (text: string): string => {
  const url = URL.parse(text);
  if (url === null) return MASK;
  if (`${url.search}${url.hash}${url.username}${url.password}` === "") return text;
  const user = `${url.username}${url.password}` === "" ? "" : `${MASK}@`;
  const query = url.search === "" ? "" : `?${url.search.slice(1).split("&").map(maskedPair).join("&")}`;
  return `${url.protocol}//${user}${url.host}${url.pathname}${query}${url.hash === "" ? "" : `#${MASK}`}`;
};

/**
 * The URL behind an input that may be masked: the stored URL if its mask equals the input. Null: the input is the mask
 * of another URL, which cannot be known here.
 */
export const unmasked = (url: string, storedText: string | undefined): string | null => {
  if (storedText !== undefined && storedUrl(maskedQuery(storedText)) === storedUrl(url)) return storedText;
  const { username = "", search = "", hash = "" } = URL.parse(url) ?? {};
  return `${username}${search}${hash}`.includes(encodeURIComponent(MASK)) ? null : url;
};
