import { expect, test } from "vitest";
import { createTerminal } from "../../../src/dev/terminal/createTerminal.ts";
import type { OwnerNames } from "../../../src/dev/terminal/ownerNames.ts";

const AT = "2026-01-31T21:43:53.000Z";
const entry = (fact: object, requestId = "r1"): string => JSON.stringify({ at: AT, requestId, ...fact });
const accepted = { kind: "delivery.accepted", layer: "blog-layer", sync: "s", queued: true, wrote: true };

const opened = (names: Partial<OwnerNames> = {}) => {
  const looked: string[] = [];
  const lines: string[] = [];
  const all: OwnerNames = {
    async nameOf({ id }) {
      looked.push(id);
      return id === "blog-layer" ? "Marketing blog" : null;
    },
    webhookOf: async (layerId, webhookId) =>
      `${layerId} ${webhookId}` === "blog-layer secret-id" ? "Contentful" : null,
    ...names,
  };
  const write = (text: string): void => void lines.push(text);
  const terminal = createTerminal({ names: all, base: () => "http://localhost:8888", write, colours: false });
  // A note waits for all lines before it.
  const settled = async (): Promise<string[]> => {
    terminal.note("the end");
    while (!lines.at(-1)?.endsWith("the end")) await new Promise((resolve) => setImmediate(resolve));
    return lines.slice(0, -1).map((line) => line.replace(/^\d\d:\d\d:\d\d /, ""));
  };
  return { terminal, settled, looked };
};

test("a publish shows the names of its layer and of the webhook that its request was for", async () => {
  const { terminal, settled } = opened();
  terminal.remember("r1", "/hooks/data_layer/data_source/publish/blog-layer/secret-id");
  terminal.show(entry(accepted));
  terminal.show(entry(accepted, "r2"));
  terminal.show(entry({ ...accepted, layer: "unknown-layer" }, "r3"));
  expect(await settled()).toEqual([
    "publish  Marketing blog ← Contentful  queued",
    "publish  Marketing blog  queued",
    "publish  unknown-layer  queued",
  ]);
});

test("a trouble names the layer that it is about", async () => {
  const { terminal, settled } = opened();
  terminal.show(entry({ kind: "trouble", where: "wake of layer blog-layer", error: "no answer" }));
  expect((await settled())[0]).toMatch(/^trouble {2}wake of layer Marketing blog {2}no answer\n/);
});

test("lines stay in order, however long a name takes", async () => {
  let answer = (_name: string): void => {};
  const slow = new Promise<string>((resolve) => {
    answer = resolve;
  });
  const { terminal, settled } = opened({ nameOf: ({ id }) => (id === "slow-layer" ? slow : Promise.resolve(id)) });
  terminal.show(entry({ ...accepted, layer: "slow-layer" }));
  terminal.show(entry({ ...accepted, layer: "quick-layer" }));
  terminal.show("not an entry of the log");
  answer("Slow");
  expect(await settled()).toEqual(["publish  Slow  queued", "publish  quick-layer  queued", "not an entry of the log"]);
});

test("an entry without a line looks for no name, so that the look-ups cause none themselves", async () => {
  const { terminal, settled, looked } = opened();
  const read = { kind: "request", method: "GET", path: "/api/v1/data-layers/…", layer: "blog-layer", status: 200 };
  terminal.show(entry(read));
  expect(await settled()).toEqual([]);
  expect(looked).toEqual([]);
});

test("JSON that is no entry of the log is shown as it was printed", async () => {
  const { terminal, settled } = opened();
  const texts = ['{"kind":"of-tomorrow","at":"2026-01-31T21:43:53.000Z"}', '{"kind":"request"}', "null", "[1]", "7"];
  for (const text of texts) terminal.show(text);
  expect(await settled()).toEqual(texts);
});

test("what the dev server itself says is a line too", async () => {
  const { terminal, settled } = opened();
  terminal.note("Reloaded the functions.");
  terminal.note("Demo site: deploy 3 is live");
  expect(await settled()).toEqual(["dev      Reloaded the functions.", "demo     Demo site  deploy 3 is live"]);
});
