import { z } from "zod";
import { CallError, readCall, type Surroundings } from "./cli.ts";
import { usageOf } from "./commandLine.ts";

const COMMAND = {
  call: "npm run doctor -- https://<your site>",
  does: "Looks at a site from outside, as a CMS would, and says what to click if senders do not get through. Changes nothing.",
  operands: 1,
  options: z.object({}),
};
const DEADLINE = 15_000;

const PUBLIC = "Make it public: app.netlify.com → the project → Project configuration → Visibility → Public.";
const VARIABLES = "Project configuration → Environment variables, then Deploys → Trigger deploy.";
const SECRET = `Set LAYERHOOK_SECRET (openssl rand -hex 32): ${VARIABLES}`;
const TEAM = "Set LAYERHOOK_NETLIFY_TEAM to the id of your Netlify team.";
const secretTodos = new Map([
  ["missing", SECRET],
  [
    "unreadable",
    "LAYERHOOK_SECRET was changed. Name the former one LAYERHOOK_SECRET_PREVIOUS and deploy, or enter the credentials again; the log of the function drain says whose.",
  ],
]);

const NEWER =
  "A later release wrote them, so its publishes are answered 503 and nothing is changed. Deploy that release again: Deploys → the later deploy → Publish deploy.";
const CORRUPT =
  "They are damaged and left as they are. The log of the function drain names them; create a new data layer from your configuration document and give its URL to the senders.";

const check = z.object({ status: z.string() });
const healthSchema = z.object({
  status: z.string(),
  version: z.string(),
  checks: z.object({
    store: check.extend({ detail: z.string().optional() }),
    drain: check.extend({ ageSeconds: z.number().nullable() }),
    // Earlier releases do not report these checks.
    configuration: check.extend({ problems: z.array(z.string()).optional() }).optional(),
    secret: check.optional(),
    team: check.extend({ detail: z.string().optional() }).optional(),
    documents: check.extend({ newer: z.number(), corrupt: z.number() }).optional(),
    selfCall: check.optional(),
    publicAccess: check.optional(),
  }),
});
type Checks = z.infer<typeof healthSchema>["checks"];

/** A finding in one line. `todo` says what to do; null: nothing. */
interface Finding {
  readonly says: string;
  readonly todo: string | null;
}

const good = (says: string): Finding => ({ says, todo: null });

/** The meaning of an answer that does not come from Layerhook; null: its status and type could be Layerhook's. */
const gate = ({ status, headers }: Response, at: string): Finding | null => {
  const type = headers.get("content-type") ?? "";
  if (status >= 300 && status < 400) {
    const to = URL.parse(headers.get("location") ?? "", at);
    const where = to === null ? "elsewhere" : to.origin;
    const todo = `A redirect turns a POST into a GET, so senders must use ${where} themselves. Set LAYERHOOK_PUBLIC_URL to it and copy the webhook URLs again.`;
    return { says: `redirects to ${where}`, todo };
  }
  if (type.includes("json")) return null;
  if (status === 401 || status === 403)
    return { says: `asks for a login (${status}): the project is private, so nothing syncs`, todo: PUBLIC };
  const todo =
    "Is this the address of the project? Look at its last deploy and whether it lists the functions api and publish.";
  return { says: `is not answered by Layerhook (${status})`, todo };
};

const ask = async ({ fetch }: Surroundings, url: string, method: string): Promise<Response | null> => {
  try {
    return await fetch(url, { method, redirect: "manual", signal: AbortSignal.timeout(DEADLINE) });
  } catch {
    return null;
  }
};

const silence: Finding = { says: "does not answer", todo: "Is the address right, and is the project deployed?" };

const jsonOf = async (response: Response): Promise<unknown> => {
  try {
    return await response.json();
  } catch {
    return null;
  }
};

const findingsOf = (checks: Checks): Finding[] => {
  const { store, drain, configuration, secret, documents, team, selfCall, publicAccess } = checks;
  const found: Finding[] = [];
  const add = (name: string, status: string, todo: string | null) => found.push({ says: `${name}: ${status}`, todo });
  add(
    "store",
    store.detail ?? store.status,
    store.status === "ok"
      ? null
      : "Netlify Blobs does not do what it must. See netlifystatus.com; deploy again if it lasts.",
  );
  if (secret !== undefined) add("secret", secret.status, secretTodos.get(secret.status) ?? null);
  if (documents !== undefined) {
    const { status, newer, corrupt } = documents;
    if (newer > 0) add("documents", `${newer} of a later release`, NEWER);
    if (corrupt > 0) add("documents", `${corrupt} damaged`, CORRUPT);
    if (newer + corrupt === 0) add("documents", status, null);
  }
  if (configuration !== undefined && secret?.status !== "missing") {
    const { status, problems = [] } = configuration;
    const todo = `${problems.join(" ")} The log of the function api says what is wrong. ${VARIABLES}`.trim();
    add("configuration", status, status === "ok" ? null : todo);
  }
  if (team !== undefined) add("team", team.status, team.status === "moved" ? (team.detail ?? TEAM) : null);
  const age = drain.ageSeconds === null ? "" : `, last tick ${drain.ageSeconds} s ago`;
  const never = drain.status === "late" && drain.ageSeconds === null ? ", never ticked" : "";
  const late =
    "The repair function does not run. Look at Logs → Functions → drain: is the deploy published, and has the team credits left?";
  add("drain", `${drain.status}${age}${never}`, drain.status === "late" ? late : null);
  if (selfCall !== undefined) {
    const todo = `The site cannot call its own worker, so nothing is synced. ${PUBLIC}`;
    add("selfCall", selfCall.status, selfCall.status === "failing" ? todo : null);
  }
  if (publicAccess !== undefined) {
    const todos = new Map([
      ["private", PUBLIC],
      [
        "redirects",
        "Set LAYERHOOK_PUBLIC_URL to the address that the main domain redirects to, and copy the URLs again.",
      ],
    ]);
    add("publicAccess", publicAccess.status, todos.get(publicAccess.status) ?? null);
  }
  return found;
};

const health = async (surroundings: Surroundings, base: string): Promise<Finding[]> => {
  const response = await ask(surroundings, `${base}/api/v1/health`, "GET");
  if (response === null) return [{ ...silence, says: `${base} ${silence.says}` }];
  const finding = gate(response, base);
  if (finding !== null) return [{ ...finding, says: `${base} ${finding.says}` }];
  const parsed = healthSchema.safeParse(await jsonOf(response));
  if (parsed.success) return [good(`Layerhook ${parsed.data.version} at ${base}`), ...findingsOf(parsed.data.checks)];
  const todo =
    "Use the project's main address, not the permalink of one deploy; and look whether the function api is deployed.";
  return [{ says: `${base}/api/v1/health is answered ${response.status}, and not with a health document`, todo }];
};

/** Sends a POST as a CMS would. Its layer does not exist, so nothing is written. */
const sender = async (surroundings: Surroundings, base: string): Promise<Finding> => {
  const url = `${base}/hooks/data_layer/data_source/publish/layerhook-doctor`;
  const response = await ask(surroundings, url, "POST");
  const finding = response === null ? silence : gate(response, base);
  if (finding !== null) return { ...finding, says: `a sender's POST: ${finding.says}` };
  const known = z.object({ code: z.literal("DATA_LAYER_NOT_FOUND") }).safeParse(response && (await jsonOf(response)));
  if (known.success) return good("a sender's POST gets through");
  return { says: `a sender's POST is answered ${response?.status}`, todo: "Look at the log of the function publish." };
};

/** The origin of the site in the first operand. Throws `CallError` if it is no URL. */
const siteOf = (given: string | undefined): string => {
  const url = URL.parse(given ?? "");
  if (url !== null && /^https?:$/.test(url.protocol)) return url.origin;
  const host = /^[\w.-]+(?::\d+)?(?:\/.*)?$/.exec(given ?? "")?.[0];
  const scheme = /^(?:localhost|127\.0\.0\.1)\b/.test(host ?? "") ? "http" : "https";
  const hint =
    host === undefined
      ? "It begins with https:// or http://."
      : `${scheme}:// is missing: npm run doctor -- ${scheme}://${host}`;
  throw new CallError(
    `${given === undefined ? "Name the address of the site." : `"${given}" is not the address of a site.`} ${hint}\n\n${usageOf(COMMAND)}`,
  );
};

/** Checks a site from outside, and says what is wrong and what to click. Returns whether all is well. Throws `CallError`. */
export const doctorCommand = async (args: readonly string[], surroundings: Surroundings): Promise<boolean> => {
  const given = readCall(COMMAND, args, surroundings);
  if (given === null) return true;
  const site = siteOf(given.operands[0]);
  const found = [...(await health(surroundings, site)), await sender(surroundings, site)];
  for (const { says, todo } of found) {
    surroundings.say(`${todo === null ? "ok " : "!! "} ${says}`);
    if (todo !== null) surroundings.say(`    ${todo}`);
  }
  return found.every(({ todo }) => todo === null);
};
