import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, test, vi } from "vitest";
import { z } from "zod";
import { PATH, SenderWorld, type Sent } from "./senderWorld.ts";
import { BODY, type Library, NOW, type RequestName, requests, vendors } from "./vendors/requests.ts";

const folder = fileURLToPath(new URL("vendors", import.meta.url));
const RECORD = `${folder}/signed.json`;
const HEADERS = z.record(z.string(), z.string());
const libraries = z
  .array(z.custom<Library>((name) => Object.hasOwn(vendors, String(name))))
  .parse(Object.keys(vendors));

/** What each library signed: the headers of each request. */
const record = z
  .record(z.string(), z.object({ publish: HEADERS, empty: HEADERS, withSource: HEADERS, otherSecret: HEADERS }))
  .parse(JSON.parse(readFileSync(RECORD, "utf8")));

const signed = (library: Library, name: RequestName): Sent & { headers: Record<string, string> } => {
  const headers = record[library]?.[name];
  if (headers === undefined) throw new Error(`${RECORD} has nothing of ${library}`);
  const { body, path } = requests[name];
  return { path, body, headers };
};

describe.each(libraries)("what %s signs", (library) => {
  const { scheme, secret, other } = vendors[library];
  let world: SenderWorld;
  beforeEach(async () => {
    world = new SenderWorld();
    world.now = NOW;
    await world.open({ verification: { scheme, secret } });
    world.now = NOW;
  });

  it("a signed delivery is accepted, whatever its body says", async () => {
    expect(await world.outcome(signed(library, "publish"))).toEqual([200, null]);
    expect(await world.outcome(signed(library, "empty"))).toEqual([200, null]);
  });

  it("a signed delivery is accepted where the URL names a data source", async () => {
    expect(await world.outcome(signed(library, "withSource"))).toEqual([200, null]);
  });

  it("a signed delivery with another secret, or another body, is refused", async () => {
    expect(await world.outcome(signed(library, "otherSecret"))).toEqual([401, "SIGNATURE_MISMATCH"]);
    const changed = { ...signed(library, "publish"), body: `${BODY} ` };
    expect(await world.outcome(changed)).toEqual([401, "SIGNATURE_MISMATCH"]);
  });

  it("a signed delivery is accepted with both secrets during a rotation", async () => {
    expect((await world.change({ verification: { scheme, secret: other } })).status).toBe(200);
    expect(await world.outcome(signed(library, "publish"))).toEqual([200, null]);
    expect(await world.outcome(signed(library, "otherSecret"))).toEqual([200, null]);
  });
});

it("Contentful's signature is for one address: another path, or a query added on the way, is refused", async () => {
  const world = new SenderWorld();
  const { scheme, secret } = vendors["@contentful/node-apps-toolkit"];
  world.now = NOW;
  await world.open({ verification: { scheme, secret } });
  world.now = NOW;
  const sent = { ...signed("@contentful/node-apps-toolkit", "publish"), path: `${PATH}?x=1` };
  expect(await world.outcome(sent)).toEqual([401, "SIGNATURE_MISMATCH"]);
});

const installed = existsSync(`${folder}/node_modules`);
const INSTALL = "npm ci --prefix tests/senders/vendors";
if (!installed) console.warn(`\nTHE VENDORS' LIBRARIES ARE NOT INSTALLED: their record is tested alone. ${INSTALL}\n`);

test.runIf(installed || process.env["LAYERHOOK_SKIP_NOTHING"] === "true")(
  "the vendors' libraries sign what the record says",
  async () => {
    if (!installed) expect.fail(`The vendors' libraries are not installed. Run: ${INSTALL}`);
    // Some of the libraries ask the machine for the time.
    vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
    const { signers } = await import("./vendors/signers.ts");
    const rows = libraries.map(async (library) => {
      const headers = Object.entries(requests).map(async ([name, { by, body, path }]) => [
        name,
        await signers[library](vendors[library][by], body, path),
      ]);
      return [library, Object.fromEntries(await Promise.all(headers))];
    });
    const now = `${JSON.stringify(Object.fromEntries(await Promise.all(rows)), null, 2)}\n`;
    vi.useRealTimers();
    await expect(now).toMatchFileSnapshot(RECORD);
  },
);
