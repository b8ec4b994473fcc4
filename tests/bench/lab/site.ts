import { fileURLToPath } from "node:url";
import pLimit from "p-limit";
import { z } from "zod";
import { type Child, startChild } from "./child.ts";
import { SECRET } from "./signed.ts";

const OWNER_TOKEN = "Kd82-owner-token-of-the-bench-Vx4mQ-7Ns";
const ENVIRONMENT = {
  LAYERHOOK_SECRET: "Hn5w-secret-of-the-bench-Zr81pLc-Jt30",
  LAYERHOOK_OWNER_TOKEN: OWNER_TOKEN,
  NETLIFY_LOCAL: "true",
  LAYERHOOK_ALLOW_HTTP: "loopback",
  LAYERHOOK_TOKENS: "",
  LAYERHOOK_NETLIFY_TEAM: "off",
  NETLIFY_AUTH_TOKEN: "",
};

/** The name of a layer of the bench by its number. */
export const layerId = (layer: number): string => `bench-layer-${String(layer).padStart(5, "0")}`;

/** The functions of Layerhook, in a process of their own. */
export interface Site extends Pick<Child, "url" | "cpu" | "kill"> {
  /** Calls the API as an Owner. */
  api(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: unknown }>;
  /** Resolves when everything is done that was to be done after answers. */
  settle(): Promise<void>;
  /** Works from now on with the store of another site. */
  open(site: string): Promise<void>;
  /** Whether wakes start workers from now on. */
  setWorking(on: boolean): Promise<void>;
  /** Runs the repair function once. */
  tick(): Promise<void>;
}

/** Starts the functions on a store. No worker works until it is told to. */
export const startSite = async (storeUrl: string): Promise<Site> => {
  const file = fileURLToPath(new URL("siteProcess.ts", import.meta.url));
  const child = await startChild(file, { storeUrl }, ENVIRONMENT);
  return {
    ...child,
    async api(method, path, body) {
      const response = await fetch(`${child.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${OWNER_TOKEN}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? null : JSON.parse(text) };
    },
    settle: () => child.tell({ about: "settle" }),
    open: (site) => child.tell({ about: "open", site }),
    setWorking: (on) => child.tell({ about: "work", on }),
    async tick() {
      await fetch(`${child.url}/bench/tick`, { method: "POST" });
    },
  };
};

const AT_ONCE = 8;
const hookSchema = z.object({ url: z.string() });

/**
 * Creates layers whose one source is called at `jobUrl`, each with a webhook that verifies its sender. Returns the paths of
 * the webhooks.
 */
export const createLayers = async (site: Site, count: number, jobUrl: string): Promise<readonly string[]> => {
  const make = async (path: string, body: object): Promise<unknown> => {
    const made = await site.api("POST", path, body);
    if (made.status !== 201) throw new Error(`${path} answered ${made.status}: ${JSON.stringify(made.body)}`);
    return made.body;
  };
  const createOne = async (layer: number): Promise<string> => {
    const id = layerId(layer);
    const source = { slug: "a", name: "a", type: "http", url: jobUrl, timeoutSeconds: 300, settleSeconds: 0 };
    await make("/data-layers?sync=false", { id, name: id, dataSources: [source] });
    const verification = { scheme: "github", secret: SECRET };
    const hook = await make(`/data-layers/${id}/webhooks`, { name: "CMS", verification });
    return new URL(hookSchema.parse(hook).url).pathname;
  };
  const limit = pLimit(AT_ONCE);
  return Promise.all(Array.from({ length: count }, (_, layer) => limit(() => createOne(layer))));
};
