import { problemCodes } from "../../contract/problemCodes.ts";
import type { LogEntry } from "../../edge/live.ts";

type Kind = LogEntry["kind"];
type EntryOf<K extends Kind> = Extract<LogEntry, { readonly kind: K }>;

/** A data layer or a site. */
export interface Owner {
  readonly kind: "layer" | "site";
  readonly id: string;
}

/** What a line needs besides its entry: the URL of the dev server, and the names of layers and sites. */
export interface Around {
  readonly base: string;
  readonly nameOf: (owner: Owner) => string;
  /** The name of the webhook that a request arrived at; null: not known. */
  readonly webhookOf: (requestId: string) => string | null;
}

/** A line of the terminal: what, of what, how it went, and for a failure what to do. */
export interface Line {
  readonly label: string;
  readonly subject: string;
  readonly outcome: string;
  readonly failed?: boolean;
  readonly advice?: string;
}

const layer = (id: string): Owner => ({ kind: "layer", id });
const pageOf = ({ base }: Around, { kind, id }: Owner): string => `${base}/${kind}s/${id}`;
const labelOf = ({ kind }: Owner): string => (kind === "layer" ? "sync" : "build");
const remedyOf = (code: string | null): string | undefined =>
  Object.entries(problemCodes).find(([name]) => name === code)?.[1].remedy;

const published = (entry: { readonly layer: string; readonly requestId: string }, around: Around): string => {
  const webhook = around.webhookOf(entry.requestId);
  return `${around.nameOf(layer(entry.layer))}${webhook === null ? "" : ` ← ${webhook}`}`;
};

const step =
  (outcome: (owner: Owner) => string) =>
  ({ target }: { readonly target: Owner }, { nameOf }: Around): Line => ({
    label: labelOf(target),
    subject: nameOf(target),
    outcome: outcome(target),
  });

/** How a trouble names the layer or site that it is about. */
const OWNER = /\b(layer|site) ([\w-]{8,128})/;

const PUBLISH = "/hooks/data_layer/";

/**
 * Reads have no line unless the server failed, because the dashboard makes many. A publish has the line of its delivery,
 * unless it reached no layer.
 */
const hasOwnLine = ({ method, path, status }: EntryOf<"request">): boolean => {
  if (status >= 500) return true;
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return false;
  if (path.startsWith(PUBLISH)) return status === 404 || status === 405;
  return status >= 400 || path.startsWith("/api/");
};

const lineOfRequest = (entry: EntryOf<"request">, around: Around): Line | null => {
  if (!hasOwnLine(entry)) return null;
  const { method, path, status, code } = entry;
  const name = entry.layer === null ? "" : ` (${around.nameOf(layer(entry.layer))})`;
  const line = { label: "request", subject: `${method} ${path}${name}` };
  if (entry.outcome === "done") return { ...line, outcome: String(status) };
  const advice = remedyOf(code) ?? "The answer to the request says why.";
  return { ...line, outcome: `${entry.outcome}: ${status} ${code ?? ""}`.trimEnd(), failed: true, advice };
};

const lineOfPart = (entry: EntryOf<"part.decided">, around: Around): Line => {
  const { target, part, ok, error = "unknown" } = entry;
  const line = { label: labelOf(target), subject: around.nameOf(target) };
  const what = target.kind === "layer" ? `${part} ` : "";
  if (ok) return { ...line, outcome: `${what}succeeded` };
  const advice = `Layerhook retries if a retry can help. ${pageOf(around, target)} shows when.`;
  // The error of a build that is held says so itself.
  if (entry.code === "HELD") return { ...line, outcome: `${what}${error}`, failed: true, advice };
  return { ...line, outcome: `${what}failed: ${error}`, failed: true, advice };
};

/** The stages that a person should look after. */
const TROUBLE: ReadonlySet<string> = new Set(["failed", "held", "retrying"]);

const lineOfEnd = ({ target, stage, reason }: EntryOf<"build.ended">, around: Around): Line => {
  const line = { label: "build", subject: around.nameOf(target) };
  const outcome = reason === undefined ? stage : `${stage}: ${reason}`;
  if (!TROUBLE.has(stage)) return { ...line, outcome };
  return {
    ...line,
    outcome,
    failed: true,
    advice: `${pageOf(around, target)} shows what to do, and when it is tried again.`,
  };
};

/** The line of each kind of entry; null: the entry has nothing to tell. */
const lines: { readonly [K in Kind]: (entry: EntryOf<K>, around: Around) => Line | null } = {
  "delivery.accepted": (entry, around) => ({
    label: "publish",
    subject: published(entry, around),
    outcome: entry.queued ? "queued" : "merged",
  }),
  "delivery.ignored": (entry, around) => ({
    label: "publish",
    subject: published(entry, around),
    outcome: `ignored: ${entry.code}`,
  }),
  "delivery.refused": (entry, around) => ({
    label: "publish",
    subject: published(entry, around),
    outcome: `refused: ${entry.code}`,
    failed: true,
    advice: remedyOf(entry.code) ?? `${pageOf(around, layer(entry.layer))}/deliveries shows why.`,
  }),
  request: lineOfRequest,
  "notification.sent": ({ layer: id, event, ok, error = "unknown" }, around) => ({
    label: "notify",
    subject: around.nameOf(layer(id)),
    outcome: ok ? `${event} sent` : `${event} not sent: ${error}`,
    ...(ok ? {} : { failed: true, advice: `Check the notification's URL in ${pageOf(around, layer(id))}/settings.` }),
  }),
  "run.again": step(() => "starts again, because its worker stopped"),
  "run.claimed": ({ target, parts }, { nameOf }) => ({
    label: labelOf(target),
    subject: nameOf(target),
    outcome: target.kind === "layer" && parts.length > 0 ? `started: ${parts.join(", ")}` : "started",
  }),
  "run.ended": step(() => "ended"),
  "run.parked": step(({ kind }) => (kind === "layer" ? "waits for the job's report" : "waits for the deploy")),
  "run.fenced": step(() => "stopped, because another worker took over"),
  "run.handed-over": step(() => "handed over to a new worker"),
  "part.decided": lineOfPart,
  "build.ended": lineOfEnd,
  "cache.purged": ({ layer: id, outcome, error }, around) => ({
    label: "purge",
    subject: around.nameOf(layer(id)),
    outcome: error === undefined ? outcome : `${outcome}: ${error}`,
    ...(error === undefined
      ? {}
      : { failed: true, advice: `Check the cache purge in ${pageOf(around, layer(id))}/settings.` }),
  }),
  "drain.ticked": ({ woken, failed, left }) => {
    const line = { label: "tick", subject: "repair" };
    if (failed > 0) {
      const outcome = `${failed} ${failed === 1 ? "document" : "documents"} failed, ${left} left for the next tick`;
      return { ...line, outcome, failed: true, advice: "The next tick, in a minute, retries." };
    }
    return woken === 0 ? null : { ...line, outcome: `started ${woken} ${woken === 1 ? "worker" : "workers"}` };
  },
  trouble: ({ where, error }, { nameOf }) => ({
    label: "trouble",
    subject: where.replace(OWNER, (_, kind: Owner["kind"], id: string) => `${kind} ${nameOf({ kind, id })}`),
    outcome: error,
    failed: true,
    advice:
      where === "configuration"
        ? "Correct the variable and start the dev server again."
        : "The next tick, within a minute, retries unfinished work.",
  }),
};

/** The kinds of entries that have a line. */
export const lineKinds: readonly string[] = Object.keys(lines);

/** Returns the line of an entry of the log; null: the entry has nothing to tell. Pure. */
export const lineOf = (entry: LogEntry, around: Around): Line | null => {
  // The table's type ties each function to its kind, which a look-up by a union cannot express.
  const line: (entry: never, around: Around) => Line | null = lines[entry.kind];
  return Reflect.apply(line, undefined, [entry, around]);
};

/** The owners whose names the line of an entry shows. */
export const ownersIn = (entry: LogEntry): readonly Owner[] => {
  if ("target" in entry) return [entry.target];
  if (entry.kind === "trouble") {
    const [, kind, id] = OWNER.exec(entry.where) ?? [];
    return id === undefined ? [] : [{ kind: kind === "site" ? "site" : "layer", id }];
  }
  return "layer" in entry && entry.layer !== null ? [layer(entry.layer)] : [];
};
