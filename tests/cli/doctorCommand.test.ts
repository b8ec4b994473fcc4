import { describe, expect, it } from "vitest";
import { CallError } from "../../src/cli/cli.ts";
import { doctorCommand } from "../../src/cli/doctorCommand.ts";
import { answerApi } from "../../src/edge/api/app.ts";
import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { DRAIN_HINT } from "../../src/store/keys.ts";
import { ApiWorld } from "../api/world.ts";

type Answering = (url: string, init: RequestInit) => Response | Promise<Response>;

/** What the doctor says of a site that answers like this. */
const visit = async (answer: Answering, ...args: string[]) => {
  const said: string[] = [];
  const fetch = async (url: string, init: RequestInit) => answer(url, init);
  const say = (line: string): void => {
    said.push(line);
  };
  const well = await doctorCommand(args.length > 0 ? args : ["https://site.example.com/"], {
    environment: {},
    fetch,
    say,
    progress: say,
    pause: async () => undefined,
  });
  return { well, text: said.join("\n") };
};

/** The system itself, with what its health finds. */
const system = (world: ApiWorld): Answering => {
  const options = {
    deps: world.deps,
    config: world.config,
    afterwards: () => undefined,
    checkUrl: () => null,
    accounts: null,
    reach: async () => world.reach,
  };
  return (url, init) =>
    url.includes("/hooks/")
      ? answerPublish(new Request(url, init), world.deps, () => undefined)
      : answerApi(new Request(url, init), options);
};

describe("npm run doctor", () => {
  it("npm run doctor on a healthy system says so, and writes nothing but the mark of the health check", async () => {
    const world = new ApiWorld();
    const { well, text } = await visit(system(world));
    expect(well, text).toBe(true);
    expect(text).toContain("a sender's POST gets through");
    expect((await world.store.memory.list("")).map(({ key }) => key)).toEqual(["hints/canary"]);
  });

  it("npm run doctor on a private project says that nothing syncs, and where to make it public", async () => {
    const { well, text } = await visit(() => new Response("Log in", { status: 401 }));
    expect(well).toBe(false);
    expect(text).toContain("the project is private, so no delivery gets through");
    expect(text).toContain("Visibility → Public");
  });

  it.each([
    [
      "a redirect to the main domain",
      () => new Response(null, { status: 301, headers: { location: "https://www.example.com/x" } }),
      "LAYERHOOK_PUBLIC_URL",
    ],
    [
      "another site",
      () => new Response("<html>", { status: 404, headers: { "content-type": "text/html" } }),
      "functions",
    ],
    ["no site at all", () => Promise.reject(new TypeError("fetch failed")), "Check the URL"],
    ["the permalink of an old deploy", () => Response.json({ code: "NOT_PUBLISHED" }, { status: 409 }), "permalink"],
  ])("npm run doctor on %s says what to do", async (_what, answer, words) => {
    const { well, text } = await visit(answer);
    expect(well).toBe(false);
    expect(text).toContain(words);
  });

  it("npm run doctor says what to click for what the system knows of itself", async () => {
    const world = new ApiWorld();
    world.reach = { selfCall: "failing", publicAccess: "private" };
    world.config = { ...world.config, secrets: [], problems: ["LAYERHOOK_SECRET: is not set"] };
    const { well, text } = await visit(system(world));
    expect(well).toBe(false);
    for (const words of [
      "!!  secret: missing",
      "!!  selfCall: failing",
      "!!  publicAccess: private",
      "Set LAYERHOOK_SECRET",
    ]) {
      expect(text).toContain(words);
    }
  });

  it("npm run doctor names the variables that are wrong, and the log that says why", async () => {
    const world = new ApiWorld();
    const problems = [
      "LAYERHOOK_SECRET: must have at least 32 characters",
      "LAYERHOOK_OWNER_TOKEN: must not be the same text as LAYERHOOK_SECRET",
    ];
    world.config = { ...world.config, problems };
    const { well, text } = await visit(system(world));
    expect(well).toBe(false);
    expect(text).toContain("!!  configuration: failing");
    expect(text).toMatch(
      /LAYERHOOK_SECRET must be .+ LAYERHOOK_OWNER_TOKEN must be .+ The log of the function api says what is wrong\./,
    );
  });

  it("npm run doctor says to name the former secret when the secret was changed without it", async () => {
    const world = new ApiWorld();
    const seen = { "sites/one": { etag: "1", due: null, readAt: world.now, sealing: "unreadable" } };
    await world.store.memory.write(DRAIN_HINT, JSON.stringify({ at: world.now, seen }), null);
    const { well, text } = await visit(system(world));
    expect(well).toBe(false);
    expect(text).toContain("!!  secret: unreadable");
    expect(text).toContain("Set LAYERHOOK_SECRET_PREVIOUS to the previous secret");
  });

  it.each([
    [["nonsense"], "Add https://, as in npm run doctor -- https://nonsense"],
    [["localhost:8888"], "Add http://, as in npm run doctor -- http://localhost:8888"],
    [["blog.netlify.app/x"], "Add https://, as in npm run doctor -- https://blog.netlify.app/x"],
    [["ftp://x"], '"ftp://x" is not the URL of a site'],
    [[""], "is not the URL of a site"],
    [["https://a", "https://b"], 'Unexpected argument "https://b"'],
    [["https://a", "--fast"], "Unknown option --fast"],
  ])("npm run doctor called with %j says what is wrong and shows its usage", async (args, what) => {
    const failure = visit(() => Promise.reject(new Error("nothing is asked")), ...args);
    await expect(failure).rejects.toThrow(CallError);
    await expect(failure).rejects.toThrow(what);
    await expect(failure).rejects.toThrow("npm run doctor -- https://<your site>");
  });
});
