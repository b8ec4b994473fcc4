import { z } from "zod";
import { CallError, readCall, type Surroundings } from "./cli.ts";
import { usageOf } from "./commandLine.ts";

const COMMAND = {
  call: "npm run doctor -- https://<your site>",
  does: "Checks a site from outside, as a CMS would, and says what to do if deliveries do not get through. Changes nothing.",
  operands: 1,
  options: z.object({}),
};
const DEADLINE = 15_000;

const PUBLIC = "Make the project public: app.netlify.com → the project → Project configuration → Visibility → Public.";
const VARIABLES = "Project configuration → Environment variables, then Deploys → Trigger deploy.";
const SECRET = `Set LAYERHOOK_SECRET (openssl rand -hex 32): ${VARIABLES}`;
const TEAM = "Set LAYERHOOK_NETLIFY_TEAM to the id of your Netlify team.";
const secretTodos = new Map([
  ["missing", SECRET],
  [
    "unreadable",
    "LAYERHOOK_SECRET was changed. Set LAYERHOOK_SECRET_PREVIOUS to the previous secret and deploy, or enter the credentials again. The log of the function drain says which.",
  ],
]);

const NEWER =
  "A later release wrote these documents, so their publishes get 503 and nothing is changed. Deploy the later release again: Deploys → the later deploy → Publish deploy.";
const CORRUPT =
  "These documents are damaged, and Layerhook does not change them. The log of the function drain names them. Create a new data layer from your configuration document and give its URL to the senders.";

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
    const todo = `A redirect turns a POST into a GET, so senders must use ${where} directly. Set LAYERHOOK_PUBLIC_URL to ${where} and copy the webhook URLs again.`;
    return { says: `redirects to ${where}`, todo };
  }
  if (type.includes("json")) return null;
  if (status === 401 || status === 403)
    return { says: `asks for a login (${status}): the project is private, so no delivery gets through`, todo: PUBLIC };
  const todo = "Check that this is the project's URL, and that its latest deploy lists the functions api and publish.";
  return { says: `answers ${status}, but not from Layerhook`, todo };
};

const ask = async ({ fetch }: Surroundings, url: string, method: string): Promise<Response | null> => {
  try {
    return await fetch(url, { method, redirect: "manual", signal: AbortSignal.timeout(DEADLINE) });
  } catch {
    return null;
  }
};

const silence: Finding = { says: "does not answer", todo: "Check the URL, and check that the project is deployed." };

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
      : "Netlify Blobs does not work correctly. See netlifystatus.com. If the error stays, deploy again.",
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
    "The repair function does not run. Check Logs → Functions → drain, check that the deploy is published, and check that the team has credits left.";
  add("drain", `${drain.status}${age}${never}`, drain.status === "late" ? late : null);
  if (selfCall !== undefined) {
    const todo = `The site cannot call its own worker, so no sync starts. ${PUBLIC}`;
    add("selfCall", selfCall.status, selfCall.status === "failing" ? todo : null);
  }
  if (publicAccess !== undefined) {
    const todos = new Map([
      ["private", PUBLIC],
      [
        "redirects",
        "Set LAYERHOOK_PUBLIC_URL to the URL that the main domain redirects to, and copy the webhook URLs again.",
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
  const todo = "Use the project's main URL, not a deploy's permalink. Check that the function api is deployed.";
  return [{ says: `${base}/api/v1/health answers ${response.status} without a health document`, todo }];
};

/** Sends a POST as a CMS would. Its layer does not exist, so nothing is written. */
const sender = async (surroundings: Surroundings, base: string): Promise<Finding> => {
  const url = `${base}/hooks/data_layer/data_source/publish/layerhook-doctor`;
  const response = await ask(surroundings, url, "POST");
  const finding = response === null ? silence : gate(response, base);
  if (finding !== null) return { ...finding, says: `a sender's POST: ${finding.says}` };
  const known = z.object({ code: z.literal("DATA_LAYER_NOT_FOUND") }).safeParse(response && (await jsonOf(response)));
  if (known.success) return good("a sender's POST gets through");
  return { says: `a sender's POST gets ${response?.status}`, todo: "Check the log of the function publish." };
};

/** The origin of the site in the first operand. Throws `CallError` if it is no URL. */
const siteOf = (given: string | undefined): string => {
  const url = URL.parse(given ?? "");
  if (url !== null && /^https?:$/.test(url.protocol)) return url.origin;
  const host = /^[\w.-]+(?::\d+)?(?:\/.*)?$/.exec(given ?? "")?.[0];
  const scheme = /^(?:localhost|127\.0\.0\.1)\b/.test(host ?? "") ? "http" : "https";
  const hint =
    host === undefined
      ? "The URL must begin with https:// or http://."
      : `Add ${scheme}://, as in npm run doctor -- ${scheme}://${host}`;
  throw new CallError(
    `${given === undefined ? "Give the URL of the site." : `"${given}" is not the URL of a site.`} ${hint}\n\n${usageOf(COMMAND)}`,
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
