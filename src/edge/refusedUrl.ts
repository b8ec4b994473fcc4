import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Which kind of address it is; IPv4 inside IPv6 is judged as what it reaches. */
export const rangeOf = (address: string): string =>
  ipaddr.isValid(address) ? ipaddr.process(address).range() : "invalid";

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");

/** Whether a host name means this machine. */
export const isLoopbackHost = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || (isIP(host) !== 0 && rangeOf(host) === "loopback");

/**
 * Why a URL may not be called, in words for the person who entered it; null if it may. Names are judged when they are
 * resolved. `allowHttp` lets plain http and loopback through, for local use.
 */
export const refusedUrl = (text: string, allowHttp: boolean): string | null => {
  const url = URL.parse(text);
  if (url === null) return "is not a URL";
  if (url.username !== "" || url.password !== "") return "must not hold a user name or password";
  const host = hostOf(url);
  const loopback = isLoopbackHost(host);
  if (loopback && allowHttp)
    return ["http:", "https:"].includes(url.protocol) ? null : "must begin with https:// or http://";
  if (url.protocol !== "https:") return "must begin with https://";
  if (loopback) return "must not point to this machine";
  if (isIP(host) !== 0 && rangeOf(host) !== "unicast") return "must not point to a private or reserved address";
  return null;
};
