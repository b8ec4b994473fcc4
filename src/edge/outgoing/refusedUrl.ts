import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** The only part of IPv6 with public addresses. */
const PUBLIC_IPV6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("2000::"), 3];
/** Azure's internal services, at an address that looks public. */
const PLATFORM = new Set(["168.63.129.16"]);

/** The kind of an address: `unicast` if it may be called. IPv4 inside IPv6 is judged as the IPv4 address. */
export const rangeOf = (text: string): string => {
  // The parser also accepts short and octal forms, which no resolver returns.
  if (isIP(text) === 0) return "invalid";
  const address = ipaddr.process(text);
  if (PLATFORM.has(address.toString())) return "platform";
  const range = address.range();
  const isReserved = address instanceof ipaddr.IPv6 && range === "unicast" && !address.match(PUBLIC_IPV6);
  return isReserved ? "reserved" : range;
};

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "").replace(/\.+$/, "");

/** Names that only have a meaning within a network: cloud metadata, neighbours, routers. */
const INTERNAL = /(?:^|\.)(?:internal|local|localdomain|intranet|private|corp|home|lan|home\.arpa)$/;

const isInternalName = (host: string): boolean => isIP(host) === 0 && (!host.includes(".") || INTERNAL.test(host));

/** Whether a host name means this machine. */
export const isLoopbackHost = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || (isIP(host) !== 0 && rangeOf(host) === "loopback");

/** Whether a URL leads to this machine. */
export const isLoopbackUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && isLoopbackHost(hostOf(url));
};

/**
 * Says why a URL may not be called, for the person who entered it; null: it may be called. Names are checked when they
 * are resolved. `allowHttp` allows plain http and loopback addresses, for local use.
 */
export const refusedUrl = (text: string, allowHttp: boolean): string | null => {
  const url = URL.parse(text);
  if (url === null) return "is not a URL";
  if (url.username !== "" || url.password !== "") return "must not contain a user name or password";
  const host = hostOf(url);
  const loopback = isLoopbackHost(host);
  if (loopback && allowHttp)
    return ["http:", "https:"].includes(url.protocol) ? null : "must begin with https:// or http://";
  if (url.protocol !== "https:") return "must begin with https://";
  if (loopback) return "must not point to this machine";
  if (isInternalName(host)) return "must not be a name of an internal network";
  if (isIP(host) !== 0 && rangeOf(host) !== "unicast") return "must not point to a private or reserved address";
  return null;
};
