import { jwtVerify, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import type { Accounts } from "../../../src/edge/access/member.ts";
import { keyFor, slowKeyFor } from "../../../src/edge/secrets.ts";
import { TOKENS } from "../../../src/store/keys.ts";
import { ApiWorld, type CallOptions, PUBLIC_URL, SECRETS } from "../world.ts";

const HOUR = 3_600_000;
const LOCAL = "http://localhost:8888";

/** Signs in; the cookie as the browser sends it back. */
const signedIn = async (world: ApiWorld, options: CallOptions = {}): Promise<string> => {
  const begun = await world.call("POST", "/session", options);
  expect(begun.status, begun.text).toBe(200);
  return (begun.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
};

/** How a page of this system sends a request: the browser adds cookie and origin. */
const fromPage = (cookie: string, origin: string = PUBLIC_URL): CallOptions => ({
  as: null,
  headers: { cookie, origin },
});

const anAccount = (team: string): Accounts => ({
  team,
  whose: async () => ({
    kind: "member",
    actor: { id: "netlify:1", name: "Ada", email: "ada@x.example" },
    role: "Developer",
  }),
});

describe("a session in the browser", () => {
  it("a session has the rights of the token that began it", async () => {
    const world = new ApiWorld();
    const begun = await world.post("/session", undefined, { as: "Developer" });
    expect(begun.at("")).toMatchObject({ role: "Developer", via: "token", dataLayers: null });
    expect(begun.at("expiresAt")).toBe(new Date(world.now + 8 * HOUR).toISOString());
    const cookie = (begun.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const known = await world.get("/session", fromPage(cookie));
    expect(known.at("")).toEqual((await world.get("/session", { as: "Developer" })).at(""));
    expect((await world.post("/data-layers", { name: "By cookie" }, fromPage(cookie))).status).toBe(201);
    expect((await world.get("/tokens", fromPage(cookie))).status).toBe(403);
  });

  it("a session is a cookie that no script reads, no other site sends and no neighbour sets", async () => {
    const world = new ApiWorld();
    const set = (await world.post("/session")).headers.get("set-cookie") ?? "";
    expect(set).toMatch(/^__Host-layerhook=[\w.-]+; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    const local = (await world.call("POST", "/session", { base: LOCAL })).headers.get("set-cookie") ?? "";
    expect(local).toMatch(/^layerhook=[\w.-]+; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  it("a session's cookie holds neither the token nor anything from which it could be guessed", async () => {
    const world = new ApiWorld();
    const cookie = await signedIn(world);
    const payload = JSON.parse(Buffer.from(cookie.split(".")[1] ?? "", "base64url").toString());
    expect(Object.keys(payload).sort()).toEqual(["aud", "exp", "iat", "iss", "jti", "proof"]);
    expect(payload.jti).toMatch(/^[\w-]{16}$/);
    expect(payload.proof).toEqual({ kind: "configured", print: expect.stringMatching(/^[\w-]{43}$/) });
  });

  it("a session lets nobody try guesses at the secret quickly: deriving its key is slow", async () => {
    const world = new ApiWorld();
    const [, jwt = ""] = (await signedIn(world, { as: "Reviewer" })).split("=");
    const [secret = ""] = SECRETS;
    const given = { currentDate: new Date(world.now) };
    await expect(jwtVerify(jwt, keyFor(secret, "session"), given)).rejects.toThrow(/signature/);
    expect((await jwtVerify(jwt, slowKeyFor(secret, "session"), given)).payload.iss).toBe("layerhook");
  });

  it("a session ends after its time", async () => {
    const world = new ApiWorld();
    const cookie = await signedIn(world);
    world.now += 8 * HOUR - 1000;
    expect((await world.get("/session", fromPage(cookie))).status).toBe(200);
    world.now += 1000;
    const over = await world.get("/session", fromPage(cookie));
    expect([over.status, over.at("code")]).toEqual([401, "SESSION_OVER"]);
  });

  it("a session never renews itself: only a token begins one", async () => {
    const world = new ApiWorld();
    const cookie = await signedIn(world);
    const refused = await world.post("/session", undefined, fromPage(cookie));
    expect([refused.status, refused.headers.get("set-cookie")]).toEqual([401, null]);
  });

  it("a session ends with sign-out, whoever holds its cookie, on every instance; another session of the token goes on", async () => {
    const world = new ApiWorld();
    world.accounts = anAccount("the-bakery");
    const made = (await world.post("/tokens", { name: "Laptop", role: "Developer" })).textAt("token");
    for (const options of [{}, { token: made }, { token: `nfp_${"x".repeat(36)}` }] satisfies CallOptions[]) {
      const [cookie, other] = [await signedIn(world, options), await signedIn(world, options)];
      expect((await world.delete("/session", fromPage(cookie))).status).toBe(204);
      const [name, jwt = ""] = cookie.split("=");
      // The last character of 32 bytes has two bits that no decoder looks at.
      const respelled = ["A", "B", "C", "D", "E"].map((last) => `${name}=${jwt.slice(0, -1)}${last}`);
      for (const held of [cookie, ...respelled]) {
        const over = await world.get("/session", fromPage(held));
        expect([over.status, over.at("code")]).toEqual([401, "SESSION_OVER"]);
      }
      expect((await world.get("/session", fromPage(other))).status).toBe(200);
      world.now += 1000;
    }
    expect((await world.delete("/session", fromPage(await signedIn(world)))).status).toBe(204);
  });

  it("a session costs one read of the store, whatever it rests on; one that was never begun costs none", async () => {
    const world = new ApiWorld();
    world.accounts = anAccount("the-bakery");
    const made = (await world.post("/tokens", { name: "Laptop", role: "Developer" })).textAt("token");
    const reads = async (cookie: string) => {
      await world.get("/session", fromPage(cookie));
      const before = world.store.counts.reads;
      await world.get("/session", fromPage(cookie));
      return world.store.counts.reads - before;
    };
    for (const options of [{}, { token: made }, { token: `nfp_${"x".repeat(36)}` }] satisfies CallOptions[]) {
      expect(await reads(await signedIn(world, options))).toBe(1);
    }
    expect(await reads("__Host-layerhook=garbage")).toBe(0);
  });

  it("a session that could not be ended answers that it goes on, and its browser forgets it all the same", async () => {
    const world = new ApiWorld();
    const cookie = await signedIn(world);
    world.store.fault = () => "down";
    const failed = await world.delete("/session", fromPage(cookie));
    expect([failed.status, failed.at("code")]).toEqual([503, "STORE_UNAVAILABLE"]);
    expect(failed.headers.get("set-cookie")).toMatch(/^__Host-layerhook=; Max-Age=0; Path=\//);
  });

  it.each([
    ["DOCUMENT_NEWER", '{"v":99}'],
    ["DOCUMENT_UNREADABLE", "{"],
  ])("a session that an unreadable document keeps from ending is answered %s, as described", async (code, text) => {
    const world = new ApiWorld();
    const cookie = await signedIn(world);
    const standing = await world.store.memory.read(TOKENS);
    await world.store.memory.write(TOKENS, text, standing?.etag ?? null);
    const failed = await world.delete("/session", fromPage(cookie));
    expect([failed.status, failed.at("code")]).toEqual([503, code]);
  });

  it("a session is ended in its browser, also when it has ended already", async () => {
    const world = new ApiWorld();
    const cookie = await signedIn(world);
    for (const options of [fromPage(cookie), fromPage("__Host-layerhook=garbage"), { as: null }]) {
      const ended = await world.delete("/session", options);
      expect(ended.status).toBe(204);
      expect(ended.headers.get("set-cookie")).toMatch(/^__Host-layerhook=; Max-Age=0; Path=\//);
    }
  });

  it("a session does not count where a token is sent: a cookie does not make up for a wrong token", async () => {
    const world = new ApiWorld();
    const cookie = await signedIn(world);
    for (const authorization of ["Bearer wrong", "Basic b3duZXI6", "", "Bearer"]) {
      const refused = await world.get("/session", { as: null, headers: { cookie, authorization } });
      expect([refused.status, refused.at("code")], authorization).toEqual([401, "UNAUTHENTICATED"]);
    }
  });
});

describe("a session is believed only while what it rests on stands", () => {
  it("a token that was deleted ends every session of it, at once", async () => {
    const world = new ApiWorld();
    const made = await world.post("/tokens", { name: "Laptop", role: "Developer" });
    const cookie = await signedIn(world, { token: made.textAt("token") });
    expect((await world.get("/session", fromPage(cookie))).at("actor.name")).toBe("Laptop");
    await world.delete(`/tokens/${made.textAt("id")}`);
    const over = await world.get("/session", fromPage(cookie));
    expect([over.status, over.at("code")]).toEqual([401, "SESSION_OVER"]);
  });

  it("a token that expires ends its sessions too, and a scoped token's sessions see its layers alone", async () => {
    const world = new ApiWorld();
    const [mine, theirs] = [await world.layer({ name: "Mine" }), await world.layer({ name: "Theirs" })];
    const fields = { dataLayers: [mine], expiresAt: new Date(world.now + HOUR).toISOString() };
    const made = await world.post("/tokens", { name: "Laptop", role: "Developer", ...fields });
    const cookie = await signedIn(world, { token: made.textAt("token") });
    expect((await world.get(`/data-layers/${mine}`, fromPage(cookie))).status).toBe(200);
    expect((await world.get(`/data-layers/${theirs}`, fromPage(cookie))).status).toBe(404);
    world.now += HOUR;
    expect((await world.get("/session", fromPage(cookie))).at("code")).toBe("TOKEN_EXPIRED");
  });

  it("a configured token that is configured no more, or with another role, counts as it is now", async () => {
    const world = new ApiWorld();
    const cookie = await signedIn(world, { as: "Developer" });
    const { tokens } = world.config;
    world.config = { ...world.config, tokens: tokens.map((token) => ({ ...token, role: "Reviewer" })) };
    expect((await world.get("/session", fromPage(cookie))).at("role")).toBe("Reviewer");
    world.config = { ...world.config, tokens: [] };
    expect((await world.get("/session", fromPage(cookie))).at("code")).toBe("SESSION_OVER");
  });

  it("a Netlify account's session is short, and over when another team's members may sign in", async () => {
    const world = new ApiWorld();
    world.accounts = anAccount("the-bakery");
    const token = "nfp_0123456789012345678901234567890123456789";
    const cookie = await signedIn(world, { token });
    world.accounts = { team: "the-bakery", whose: async () => ({ kind: "unknown" }) };
    expect((await world.get("/session", fromPage(cookie))).at("")).toMatchObject({ role: "Developer", via: "netlify" });
    expect(Buffer.from(cookie.split(".")[1] ?? "", "base64url").toString()).not.toContain(token);
    world.accounts = anAccount("the-butcher");
    expect((await world.get("/session", fromPage(cookie))).at("code")).toBe("SESSION_OVER");
    world.accounts = null;
    expect((await world.get("/session", fromPage(cookie))).at("code")).toBe("SESSION_OVER");
    world.accounts = anAccount("the-bakery");
    world.now += HOUR;
    expect((await world.get("/session", fromPage(cookie))).at("code")).toBe("SESSION_OVER");
  });

  it("sessions outlive a rotation of the secret, while the former one is still named", async () => {
    const world = new ApiWorld();
    const cookie = await signedIn(world);
    world.config = { ...world.config, sessionSecrets: ["a-new-long-secret-of-this-system", ...SECRETS] };
    expect((await world.get("/session", fromPage(cookie))).at("role")).toBe("Owner");
    world.config = { ...world.config, sessionSecrets: ["a-new-long-secret-of-this-system"] };
    expect((await world.get("/session", fromPage(cookie))).status).toBe(401);
  });

  it("a session that was tampered with, or made by anybody else, is nobody's", async () => {
    const world = new ApiWorld();
    const cookie = await signedIn(world, { as: "Reviewer" });
    const [name = "", jwt = ""] = cookie.split("=");
    const [head = "", payload = "", mac = ""] = jwt.split(".");
    const [secret = ""] = SECRETS;
    const proof = { kind: "netlify", team: "t", actor: { id: "x", name: "x", email: "" }, role: "Owner" };
    const signed = (key: Buffer, claims: object, more: (jwt: SignJWT) => SignJWT = (one) => one) =>
      more(
        new SignJWT({ proof, ...claims })
          .setProtectedHeader({ alg: "HS256" })
          .setIssuer("layerhook")
          .setAudience(PUBLIC_URL)
          .setExpirationTime(Math.floor(world.now / 1000) + 60),
      ).sign(key);
    world.accounts = anAccount("t");
    const session = keyFor(secret, "session");
    expect((await world.get("/session", fromPage(`${name}=${await signed(session, {})}`))).at("role")).toBe("Owner");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const endless = new SignJWT({ proof })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer("layerhook")
      .setAudience(PUBLIC_URL);
    const forged = [
      "garbage",
      "",
      `${none}.${payload}.`,
      `${head}.${Buffer.from(JSON.stringify({ proof })).toString("base64url")}.${mac}`,
      `${head}.${payload}.${mac.slice(0, -2)}AA`,
      await signed(keyFor(secret, "callback"), {}),
      await signed(keyFor("another secret of enough length", "session"), {}),
      await signed(session, {}, (one) => one.setIssuer("somebody")),
      await signed(session, {}, (one) => one.setAudience("https://preview.example.com")),
      await signed(session, { proof: { kind: "owner" } }),
      await signed(session, { proof: { kind: "stored", id: "no-such-token" } }),
      await endless.sign(session),
    ];
    for (const value of forged) {
      const refused = await world.get("/session", fromPage(`${name}=${value}`));
      expect(refused.status, value).toBe(401);
    }
  });
});

describe("a request by a session comes from a page of this system", () => {
  it("a session's request from another origin is refused, reads and a neighbouring host included, and leaves no trace", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const cookie = await signedIn(world);
    const before = await world.dump();
    const origins = [
      "https://evil.example",
      "https://other.example.com",
      "http://hooks.example.com",
      "https://hooks.example.com:8443",
      "null",
    ];
    const senders = [
      ...origins.map((origin) => ({ cookie, origin })),
      { cookie },
      { cookie, "sec-fetch-site": "same-site" },
      { cookie, "sec-fetch-site": "cross-site" },
    ];
    for (const headers of senders) {
      for (const [method, path] of [
        ["POST", `/data-layers/${id}/syncs`],
        ["PATCH", `/data-layers/${id}`],
        ["DELETE", `/data-layers/${id}`],
        ["DELETE", "/session"],
      ] as const) {
        const body = method === "PATCH" ? { name: "x" } : undefined;
        const refused = await world.call(method, path, { as: null, headers, body });
        expect([refused.status, refused.at("code")], `${method} ${JSON.stringify(headers)}`).toEqual([
          403,
          "FOREIGN_ORIGIN",
        ]);
      }
      if (Object.keys(headers).length === 1) continue;
      for (const path of [`/data-layers/${id}`, "/session", "/audit-log/export", "/export?secrets=true"]) {
        const read = await world.get(path, { as: null, headers });
        expect([read.status, read.at("code")], `${path} ${JSON.stringify(headers)}`).toEqual([403, "FOREIGN_ORIGIN"]);
      }
    }
    expect(await world.dump()).toBe(before);
  });

  it("a session's request from its own page or the public address is taken; a bearer token needs no origin", async () => {
    const world = new ApiWorld();
    const id = await world.layer();
    const cookie = await signedIn(world, { base: LOCAL });
    const path = `/data-layers/${id}`;
    const renamed = (headers: Record<string, string>) =>
      world.call("PATCH", path, { as: null, base: LOCAL, headers: { cookie, ...headers }, body: { name: "x" } });
    expect((await renamed({ origin: LOCAL })).status).toBe(200);
    expect((await renamed({ origin: PUBLIC_URL })).status).toBe(200);
    expect((await renamed({ "sec-fetch-site": "same-origin" })).status).toBe(200);
    for (const headers of [{}, { "sec-fetch-site": "same-origin" }, { "sec-fetch-site": "none" }]) {
      expect((await world.get(path, { as: null, base: LOCAL, headers: { cookie, ...headers } })).status).toBe(200);
    }
    expect((await world.patch(path, { name: "y" }, { headers: { origin: "https://elsewhere.example" } })).status).toBe(
      200,
    );
  });
});
