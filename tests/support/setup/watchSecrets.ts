import { afterEach, expect, vi } from "vitest";
import { MemoryStore } from "../../../src/store/memory.ts";
import { beginWatch, plantSecret, searchForForgotten, searchForSecrets, takeLeaks, wrapOnce } from "./secretWatch.ts";

/** Setup of every test file: registers secrets, and searches the places where one could leak. */

beginWatch();

// The sealer sees every text that is stored encrypted (build hooks, URLs and secrets of notifications, signing secrets
// of sources, secrets of senders, headers of probes, URLs for deploy notifications) and the system's own secrets.
vi.mock("../../../src/edge/secrets.ts", async (original) => {
  const real = await original<typeof import("../../../src/edge/secrets.ts")>();
  return {
    ...real,
    makeSealer(known: readonly string[]) {
      for (const secret of known) plantSecret(secret);
      const sealer = real.makeSealer(known);
      return { ...sealer, seal: (text: string, place: string) => sealer.seal(plantSecret(text), place) };
    },
    makeSigner(known: readonly string[], publicUrl: string) {
      const signer = real.makeSigner(known, publicUrl);
      return {
        ...signer,
        callbackUrl: (claims: Parameters<typeof signer.callbackUrl>[0]) => plantSecret(signer.callbackUrl(claims)),
      };
    },
    newSigningSecret: () => plantSecret(real.newSigningSecret()),
  };
});

// Tokens of the configuration, created tokens and presented tokens.
vi.mock("../../../src/edge/access/tokenMember.ts", async (original) => {
  const real = await original<typeof import("../../../src/edge/access/tokenMember.ts")>();
  return {
    ...real,
    configuredMembers(config: Parameters<typeof real.configuredMembers>[0]) {
      for (const { token } of config.tokens) plantSecret(token);
      if (config.ownerToken !== undefined) plantSecret(config.ownerToken);
      return real.configuredMembers(config);
    },
    tokenDigest: (token: string) => real.tokenDigest(plantSecret(token)),
  };
});

// Webhook ids are read from the stored layers, because they come from several places.
MemoryStore.prototype.write = wrapOnce(
  MemoryStore.prototype.write,
  (write) =>
    function (this: MemoryStore, key, text, expected) {
      if (key.startsWith("layers/")) {
        for (const [, id = ""] of text.matchAll(/\{"id":"([^"]+)","ref":"/g)) plantSecret(id);
      }
      if (/^(?:layers|sites)\//.test(key)) searchForForgotten(key, text);
      if (key.startsWith("audit/")) searchForSecrets("audit", `${key} ${text}`);
      return write.call(this, key, text, expected);
    },
);

for (const name of ["debug", "info", "log", "warn", "error"] as const) {
  console[name] = wrapOnce(console[name], (print) => (...parts: unknown[]) => {
    searchForSecrets("log", parts.map(String).join(" "));
    print(...parts);
  });
}

// Every problem document is a `Response`, so the constructor sees all of them.
globalThis.Response = wrapOnce(
  globalThis.Response,
  (original) =>
    new Proxy(original, {
      construct(target, given: ConstructorParameters<typeof Response>, newTarget) {
        const response: Response = Reflect.construct(target, given, newTarget);
        const [body] = given;
        const cookie = response.headers.get("set-cookie")?.split(/[=;]/)[1] ?? "";
        if (cookie !== "") plantSecret(cookie);
        if (response.headers.get("content-type") === "application/problem+json" && typeof body === "string") {
          searchForSecrets("problem", body);
        }
        return response;
      },
    }),
);

afterEach(() => {
  expect(takeLeaks(), "secrets that got out").toEqual([]);
});
