/**
 * Loaded before the runtime client, in every instance: the network and the clock around it. Each connection that would
 * leave this machine goes to the lab's own server instead, after its name was resolved and judged as in production. The
 * bundles are not touched. Plain CommonJS, so that it costs a cold start next to nothing.
 */
const dns = require("node:dns");
const net = require("node:net");
const { syncBuiltinESMExports } = require("node:module");

const OUTSIDE = Number(process.env.LAB_OUTSIDE_PORT);
/** A public address that every name but this machine's resolves to. */
const PUBLIC = { address: "93.184.216.34", family: 4 };

const isLocal = (host = "localhost") => host === "localhost" || host === "::1" || host.startsWith("127.");

const resolveAs = (options, callback) =>
  options.all === true ? callback(null, [PUBLIC]) : callback(null, PUBLIC.address, PUBLIC.family);

const systemLookup = dns.lookup;
dns.lookup = (host, options, callback = options) => {
  if (isLocal(host)) return systemLookup(host, options, callback);
  return process.nextTick(resolveAs, typeof options === "object" ? options : {}, callback);
};
const systemPromise = dns.promises.lookup;
dns.promises.lookup = async (host, options = {}) => {
  if (isLocal(host)) return systemPromise(host, options);
  return options.all === true ? [PUBLIC] : PUBLIC;
};
syncBuiltinESMExports();

/** The options of a connection to the lab's server, which is made only if the caller's own look-up allows it. */
const outside = (options) => {
  const { lookup = dns.lookup } = options;
  const redirected = (host, about, callback) =>
    lookup(host, about, (error) => {
      if (error) callback(error);
      else if (about.all === true) callback(null, [{ address: "127.0.0.1", family: 4 }]);
      else callback(null, "127.0.0.1", 4);
    });
  const host = net.isIP(options.host) === 0 ? options.host : "127.0.0.1";
  return { ...options, host, port: OUTSIDE, lookup: redirected };
};

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (first, ...rest) {
  const normalized = Array.isArray(first);
  const options = normalized ? first[0] : first;
  if (typeof options !== "object" || options === null || options.path || isLocal(options.host)) {
    return connect.call(this, first, ...rest);
  }
  if (!normalized) return connect.call(this, outside(options), ...rest);
  first[0] = outside(options);
  return connect.call(this, first, ...rest);
};

const ahead = Number(process.env.LAB_CLOCK_AHEAD_MS ?? 0);
if (ahead !== 0) {
  const SystemDate = Date;
  globalThis.Date = class extends SystemDate {
    constructor(...parts) {
      if (parts.length === 0) super(SystemDate.now() + ahead);
      else super(...parts);
    }
    static now() {
      return SystemDate.now() + ahead;
    }
  };
}
