import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { CallError, CommandError, readCall } from "../../src/cli/cli.ts";
import { flag, text, usageOf } from "../../src/cli/commandLine.ts";
import type { Visit } from "./check.ts";
import { LiveSite, Unexpected } from "./liveSite.ts";
import { NETLIFY_CLI } from "./netlify/deploySite.ts";
import { Interrupted, type Outside } from "./outside.ts";
import { redacted } from "./redacted.ts";
import { markdownOf, type Report, reportOf, summaryOf } from "./report.ts";
import { type Outcome, runChecks } from "./runChecks.ts";
import { withOwnSite } from "./verifyOwnSite.ts";

/** Two production deploys, at the price of Netlify's credit-based plans. */
const CREDITS = 30;
const REPORTS = "docs/live";

const COMMAND = {
  call: "npm run verify:live -- --team <slug>",
  does: `Proves on a real Netlify site that the platform does what this system assumes: it creates a site of your team, deploys
this checkout, checks it from outside for about 20 minutes, writes a report and deletes the site. Two production
deploys cost ${CREDITS} credits. Needs NETLIFY_AUTH_TOKEN.

With --against it looks at a system that runs already, with the token of an Owner in LAYERHOOK_OWNER_TOKEN. It creates
layers there and deletes them. What needs a deploy of its own is skipped.`,
  options: z.object({
    team: text("the slug of your Netlify team").optional(),
    against: text("the URL of a system that runs already, instead of --team").optional(),
    permalink: text("with --against: the permalink of a former production deploy").optional(),
    draft: text("with --against: the address of a draft deploy").optional(),
    patient: flag("waits for half an hour in the end, and times a cold answer once more"),
    yes: flag("does not ask before it spends credits"),
    out: text(`the folder of the report; ${REPORTS} for --team, none for --against`).optional(),
  }),
};
type Options = z.output<typeof COMMAND.options>;

const wrong = (message: string): CallError => new CallError(`${message}\n\n${usageOf(COMMAND)}`);

const isLoopback = ({ hostname }: URL): boolean => ["localhost", "127.0.0.1", "[::1]"].includes(hostname);

/** An address that the owner's token may be sent to. Throws `CallError`. */
const addressOf = (option: string, given: string): URL => {
  const url = URL.parse(given);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url))) return url;
  throw wrong(`--${option} must begin with https://, or with http:// for this machine. You gave "${given}".`);
};

/** Looks at a system that runs already, and deletes what that created. */
const againstVisit = (outside: Outside, { against = "", permalink, draft, patient }: Options): Visit => {
  const ownerToken = outside.environment["LAYERHOOK_OWNER_TOKEN"];
  if (!ownerToken) throw wrong("LAYERHOOK_OWNER_TOKEN is not set. Set it to the token of an Owner.");
  const url = addressOf("against", against);
  const given = (option: string, address: string | undefined) => {
    if (address === undefined) return null;
    const { origin } = addressOf(option, address);
    return async () => origin;
  };
  return {
    outside,
    site: new LiveSite(url.origin, ownerToken, outside),
    behindEdge: !isLoopback(url),
    isFresh: false,
    isPatient: patient,
    hooks: null,
    deployAgain: null,
    formerPermalink: given("permalink", permalink),
    draft: given("draft", draft),
  };
};

/** Says what it costs and asks; false: the person does not want it. Throws `CallError` if nobody can be asked. */
const isAgreed = async (outside: Outside, { team, yes }: Options): Promise<boolean> => {
  outside.say(
    `This creates a site in the team "${team}", deploys it twice to production and once as a draft, and deletes it.`,
  );
  outside.say(`It costs ${CREDITS} credits (two production deploys of 15) and a little for functions and requests.`);
  if (yes) return true;
  const answer = await outside.confirm(`Spend ${CREDITS} credits? Type yes: `);
  if (answer === null) throw wrong("There is no terminal to ask at. Add --yes to agree to the cost.");
  return answer;
};

const commitOf = async (outside: Outside): Promise<string | null> => {
  const { status, stdout } = await outside.run("git", ["rev-parse", "--short", "HEAD"], {});
  return status === 0 ? stdout.trim() : null;
};

const writeReport = (outside: Outside, folder: string | null, report: Report): void => {
  if (folder === null) return;
  const path = `${folder}/${report.startedAt.slice(0, 16).replaceAll(":", "")}Z`;
  outside.write(`${path}.json`, `${JSON.stringify(report, null, 2)}\n`);
  outside.write(`${path}.md`, markdownOf(report));
  outside.say(`The report is in ${path}.md and ${path}.json.`);
};

/** What a run looks at, and how that is had and left again. */
interface Plan {
  readonly outside: Outside;
  readonly target: string;
  readonly cli: string | null;
  readonly folder: string | null;
  /** Hands the system over. What is left of it afterwards is said to `left`. */
  use(left: (what: string) => void, look: (visit: Visit) => Promise<void>): Promise<void>;
}

const ownPlan = (given: Outside, { team = "", patient, out }: Options, token: string): Plan => {
  const ownerToken = given.random(32);
  const secret = given.random(32);
  const outside = redacted(given, [token, ownerToken, secret]);
  const variables = { LAYERHOOK_SECRET: secret, LAYERHOOK_OWNER_TOKEN: ownerToken };
  return {
    outside,
    target: "a site that was made for this run, and deleted after it",
    cli: NETLIFY_CLI,
    folder: out ?? REPORTS,
    use: (left, look) => withOwnSite({ outside, team, token, variables, ownerToken, isPatient: patient }, left, look),
  };
};

const againstPlan = (given: Outside, options: Options): Plan => {
  const ownerToken = given.environment["LAYERHOOK_OWNER_TOKEN"];
  const outside = redacted(given, ownerToken ? [ownerToken] : []);
  const visit = againstVisit(outside, options);
  const target = visit.site.base;
  return {
    outside,
    target,
    cli: null,
    folder: options.out ?? null,
    async use(left, look) {
      // Without these every check would wait for its own time, for nothing.
      const session = await visit.site.api("GET", "/session").catch((error: unknown) => {
        throw error instanceof Unexpected ? new CommandError(`${target} does not answer. Nothing was checked.`) : error;
      });
      if (session.status === 401) {
        throw new CommandError(`${target} does not know LAYERHOOK_OWNER_TOKEN. Nothing was checked.`);
      }
      try {
        await look(visit);
      } finally {
        for (const what of await visit.site.deleteCreated()) left(what);
      }
    },
  };
};

const runPlan = async ({ outside, target, cli, folder, use }: Plan): Promise<boolean> => {
  const startedAt = new Date(outside.now()).toISOString();
  const commit = await commitOf(outside);
  const outcomes: Outcome[] = [];
  const left: string[] = [];
  let broken: string | null = null;
  try {
    await use(
      (what) => {
        left.push(what);
        outside.say(`!!  Not deleted: ${what}`);
      },
      (visit) => runChecks(visit, (outcome) => outcomes.push(outcome)),
    );
  } catch (error) {
    if (!(error instanceof Interrupted || error instanceof CommandError)) throw error;
    broken = error.message;
    outside.say(`!!  ${broken}`);
  }
  const endedAt = new Date(outside.now()).toISOString();
  const { version } = packageJson;
  const run = { startedAt, endedAt, target, version, commit, node: process.versions.node, cli, broken, left };
  const report = reportOf(run, outcomes);
  writeReport(outside, folder, report);
  outside.say(`${summaryOf(report)}.`);
  return broken === null && left.length === 0 && report.failed === 0;
};

/** Checks a live site; false: something failed, was broken off or is left. Throws `CallError`. */
export const verifyCommand = async (args: readonly string[], outside: Outside): Promise<boolean> => {
  const given = readCall(COMMAND, args, outside);
  if (given === null) return true;
  const { values } = given;
  if (values.against !== undefined) {
    if (values.team !== undefined) throw wrong("Give --team or --against, not both.");
    return runPlan(againstPlan(outside, values));
  }
  if (values.team === undefined)
    throw wrong("Name your Netlify team with --team, or a system that runs with --against.");
  if (values.permalink ?? values.draft) throw wrong("--permalink and --draft go with --against.");
  const token = outside.environment["NETLIFY_AUTH_TOKEN"];
  if (!token) throw wrong("NETLIFY_AUTH_TOKEN is not set: create a personal access token at app.netlify.com.");
  if (!(await isAgreed(outside, values))) {
    outside.say("Nothing was created.");
    return true;
  }
  return runPlan(ownPlan(outside, values, token));
};
