import type { Arrived, Sent } from "./scheduledFetch.ts";
import type { PortCall } from "./watchedStore.ts";

/** What is known of a run once it is over. */
export interface Evidence {
  readonly calls: readonly PortCall[];
  readonly sent: readonly Sent[];
  readonly arrived: readonly Arrived[];
  /** The host that a strong read asks. */
  readonly uncached: string;
}

const strong = /^"[^"]+"$/;

export const commitsOf = ({ arrived }: Pick<Evidence, "arrived">): Arrived[] =>
  arrived.filter(({ method, status }) => method === "PUT" && status === 200);

const once = (names: readonly string[], complaint: (name: string) => string): void => {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new Error(complaint(name));
    seen.add(name);
  }
};

/** Of writers that expect one version at most one is taken by the store, and at most one is told so. */
export const oneWins = (evidence: Evidence): void => {
  const conditions = commitsOf(evidence).map(
    ({ key, expected }) => `${key} over ${typeof expected === "string" ? expected : expected.etag}`,
  );
  once(conditions, (name) => `the store took two writes of ${name}`);
  const winners = evidence.calls.flatMap(({ reported, key, expected }) =>
    reported.kind === "written" ? [`${key} over ${expected ?? "nothing"}`] : [],
  );
  once(winners, (name) => `two writers won ${name}`);
};

/** What was reported as written stands in the store's history exactly once, under its condition and its ETag. */
export const writtenStands = (evidence: Evidence): void => {
  const commits = commitsOf(evidence);
  for (const { by, key, text, expected, reported } of evidence.calls) {
    if (reported.kind !== "written") continue;
    const mine = commits.filter((commit) => commit.key === key && commit.text === text);
    const [only] = mine;
    if (only === undefined || mine.length > 1) throw new Error(`${by} wrote ${key} ${mine.length} times: ${text}`);
    const over = typeof only.expected === "string" ? null : only.expected.etag;
    if (only.expected === "anything" || over !== expected) throw new Error(`${by} wrote ${key} over another version`);
    if (only.etag !== reported.etag.replace(/^W\//, "")) throw new Error(`${by} got a foreign ETag for ${key}`);
  }
};

/** What a call may report, given what the network told it last. */
const allowed = (call: PortCall, told: Sent["told"]): readonly string[] => {
  if (told === null || typeof told === "string") return ["unavailable"];
  const { status, etag } = told;
  if (call.op === "write") {
    if (status === 200) return etag === null ? ["unavailable"] : ["written"];
    return [404, 409, 412].includes(status) ? ["conflict"] : ["unavailable"];
  }
  if (call.op === "list") return status === 200 ? ["listed", "unavailable"] : ["unavailable"];
  if (status === 404) return ["absent"];
  return status === 200 && etag !== null && strong.test(etag) ? ["found"] : ["unavailable"];
};

/** A failure is a failure: never success, never a lost race, never "no such document". */
export const failuresAreFailures = (evidence: Evidence): void => {
  for (const call of evidence.calls) {
    const { reported, by, op, key } = call;
    if (reported.kind === "defect") throw reported.error;
    const told = evidence.sent.findLast((sent) => sent.call === call.id)?.told ?? null;
    if (!allowed(call, told).includes(reported.kind)) {
      throw new Error(`${by}: ${op} of ${key} was told ${JSON.stringify(told)} and reports ${reported.kind}`);
    }
  }
};

/** A read gives what stands there when it arrives, or nothing if nothing does; its ETag can be expected. */
export const readsAreTrue = (evidence: Evidence): void => {
  for (const { id, by, key, reported } of evidence.calls) {
    if (reported.kind !== "found" && reported.kind !== "absent" && reported.kind !== "listed") continue;
    const at = evidence.arrived.findLastIndex(({ call }) => call === id);
    if (at < 0) throw new Error(`${by} read ${key} without asking the store`);
    const before = commitsOf({ arrived: evidence.arrived.slice(0, at) });
    if (reported.kind === "listed") {
      const standing = new Map(before.filter((each) => each.key.startsWith(key)).map((each) => [each.key, each.etag]));
      const listed = new Map(reported.entries.map((entry) => [entry.key, entry.etag]));
      if (JSON.stringify([...standing].sort()) !== JSON.stringify([...listed].sort()))
        throw new Error(`${by} has a wrong list of ${key}`);
      continue;
    }
    const stands = before.findLast((commit) => commit.key === key);
    const same =
      reported.kind === "absent"
        ? stands === undefined
        : stands?.text === reported.text && stands.etag === reported.etag && strong.test(reported.etag);
    if (!same) throw new Error(`${by} found ${JSON.stringify(reported)} at ${key}, where ${stands?.text} stands`);
  }
};

/** No write leaves without a condition that can hold; no request asks a cache, or has no deadline. */
export const writesAreConditional = ({ sent }: Pick<Evidence, "sent">): void => {
  for (const { method, headers } of sent) {
    if (method !== "PUT") continue;
    const match = headers.get("if-match");
    const none = headers.get("if-none-match");
    const held = match === null ? none === "*" : none === null && strong.test(match);
    if (!held) throw new Error(`a write left with if-match ${match} and if-none-match ${none}`);
  }
};

export const readsAreStrong = ({ sent, uncached }: Pick<Evidence, "sent" | "uncached">): void => {
  for (const { url } of sent) if (url.host !== uncached) throw new Error(`${url.host} was asked, which is a cache`);
};

/** Whether a reply says that the network or the server failed: what can be repeated is then sent once more. */
const isPassing = (told: Sent["told"]): boolean =>
  told === "TypeError" || (typeof told === "object" && told !== null && told.status >= 500);

/** A write is one request, any other call one or, after a passing failure, two; and each ends by itself. */
export const boundedRequests = ({ calls, sent }: Pick<Evidence, "calls" | "sent">): void => {
  for (const { id, by, op, key, expected } of calls) {
    const mine = sent.filter(({ call }) => call === id);
    const senseless = op === "write" && expected !== null && !strong.test(expected);
    const [first] = mine;
    const again = op !== "write" && first !== undefined && isPassing(first.told);
    const open = op !== "write" && first?.told === "half" ? [1, 2] : [];
    const wanted = senseless ? [0] : [again ? 2 : 1, ...open];
    if (!wanted.includes(mine.length)) throw new Error(`${by}: ${op} of ${key} made ${mine.length} requests`);
    if (mine.some(({ bounded }) => !bounded)) throw new Error(`${by}: ${op} of ${key} may wait for ever`);
  }
};

/** All of them, for runs of a larger kind. */
export const everyLaw = (evidence: Evidence): void => {
  boundedRequests(evidence);
  writesAreConditional(evidence);
  readsAreStrong(evidence);
  failuresAreFailures(evidence);
  readsAreTrue(evidence);
  oneWins(evidence);
  writtenStands(evidence);
};
