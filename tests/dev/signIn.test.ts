import { expect, onTestFinished, test } from "vitest";
import { listen } from "../../src/dev/listen.ts";
import { createSignIn } from "../../src/dev/signIn.ts";

const OWNER = "the-owner-token-of-this-test-0123456789";

/** A server with sign-in links, whose API gives the owner a session. */
const opened = async () => {
  const asked: (string | undefined)[] = [];
  const links: string[] = [];
  let status = 200;
  let signIn: ReturnType<typeof createSignIn> | undefined;
  const listening = await listen(async (request, response) => {
    if (await signIn?.handle(request, response, new URL(`http://localhost${request.url}`))) return;
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(status, { "set-cookie": "layerhook=session; HttpOnly" }).end("{}");
  }, "0");
  onTestFinished(() => listening.close());
  const base = `http://localhost:${listening.port}`;
  const made = createSignIn({ base, ownerToken: OWNER, onSignIn: (link) => void links.push(link) });
  signIn = made;
  const open = (url: string, method = "GET") => fetch(url, { method, redirect: "manual" });
  const fail = (): void => {
    status = 503;
  };
  return { base, made, asked, links, open, fail };
};

test("a sign-in link gives its first caller a session of the owner and leads to the dashboard", async () => {
  const { made, asked, open } = await opened();
  const answer = await open(made.link());
  expect([answer.status, answer.headers.get("location"), answer.headers.get("set-cookie")]).toEqual([
    303,
    "/",
    "layerhook=session; HttpOnly",
  ]);
  expect(asked).toEqual([`POST /api/v1/session Bearer ${OWNER}`]);
  expect([answer.headers.get("cache-control"), answer.headers.get("referrer-policy")]).toEqual([
    "no-store",
    "no-referrer",
  ]);
});

test("a sign-in link works once, also for two callers at a time, and the next link is told", async () => {
  const { made, asked, links, open } = await opened();
  const link = made.link();
  const answers = await Promise.all([open(link), open(link)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([303, 410]);
  expect((await open(link)).status).toBe(410);
  expect(asked).toHaveLength(1);
  expect(links).toEqual([made.link()]);
  expect(made.link()).not.toBe(link);
  expect((await open(made.link())).status).toBe(303);
});

test("a wrong code, a preview and another method sign nobody in and leave the link as it is", async () => {
  const { base, made, asked, open } = await opened();
  expect((await open(`${base}/dev/sign-in/`)).status).toBe(410);
  expect((await open(`${base}/dev/sign-in/${"x".repeat(32)}`)).status).toBe(410);
  expect((await open(made.link(), "HEAD")).status).toBe(405);
  expect((await open(made.link(), "POST")).status).toBe(405);
  expect(asked).toEqual([]);
  expect((await open(made.link())).status).toBe(303);
});

test("a sign-in that the API refuses says so and gives no cookie", async () => {
  const { made, fail, open } = await opened();
  fail();
  const answer = await open(made.link());
  expect([answer.status, answer.headers.get("set-cookie")]).toEqual([502, null]);
  expect(await answer.text()).toContain("The sign-in failed (503)");
});
