/** The kept id of the demo layer, so that its publish URL never changes. */
export const DEMO_LAYER_ID = "demo-layer";

interface Wanted {
  readonly job: string;
  readonly buildHook: string;
}

const SITE_NAME = "Demo site";
const TIMEOUT_MS = 15_000;

/**
 * Makes sure, through the public API of the dev server at `base`, that the demo layer and its site exist and point to
 * this server, also after it moved to another port. Throws when the API does not do its part.
 */
export async function seedDemo(base: string, ownerToken: string): Promise<void> {
  const wanted: Wanted = { job: `${base}/demo/job`, buildHook: `${base}/demo/build_hooks/demo-site` };
  const call = caller(`${base}/api/v1`, ownerToken);
  const existing = await call("GET", `/data-layers/${DEMO_LAYER_ID}`);
  if (existing.status === 404) {
    await call.strictly("POST", "/data-layers?sync=false", {
      id: DEMO_LAYER_ID,
      name: "Demo layer",
      dataSources: sourcesFor(wanted),
      // Whoever tries it out watches it: nobody is to wait until an editor might be done.
      connectedSites: [{ name: SITE_NAME, buildHook: wanted.buildHook, pacing: { preset: "instant" } }],
    });
    return;
  }
  if (existing.status !== 200) throw new Error(`GET /data-layers/${DEMO_LAYER_ID} answered ${existing.status}`);
  const sources = field(existing.body, "dataSources");
  const url = Array.isArray(sources) ? field(sources[0], "url") : undefined;
  // Whatever a person has made of the demo layer stays; only a source that is still the demo's own job is moved.
  if (url === wanted.job || typeof url !== "string" || !isDemoJob(url)) return;
  // The site goes first: the layer's URL is what tells that there is something to move, also after a half-done move.
  // Build hooks are shown masked, so whether it is the old one cannot be seen.
  const connected = field(existing.body, "connectedSites");
  for (const id of (Array.isArray(connected) ? connected : []).map((site) => String(field(site, "siteId")))) {
    const site = await call.strictly("GET", `/sites/${id}`);
    if (field(site, "name") === SITE_NAME)
      await call.strictly("PATCH", `/sites/${id}`, { buildHook: wanted.buildHook });
  }
  await call.strictly("PATCH", `/data-layers/${DEMO_LAYER_ID}?sync=false`, { dataSources: sourcesFor(wanted) });
}

function sourcesFor({ job }: Wanted): object[] {
  return [{ slug: "demo", name: "Demo source", type: "http", url: job, settleSeconds: 0 }];
}

function isDemoJob(url: string): boolean {
  return /^http:\/\/localhost:\d+\/demo\/job$/.test(url);
}

interface Call {
  (method: string, path: string, body?: object): Promise<{ status: number; body: unknown }>;
  /** The body of a 2xx answer; throws for any other. */
  strictly(method: string, path: string, body?: object): Promise<unknown>;
}

function caller(api: string, token: string): Call {
  const call = async (method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    return { status: response.status, body: parse(text) };
  };
  const strictly = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await call(method, path, body);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    const why = field(answer.body, "detail") ?? field(answer.body, "title") ?? "";
    throw new Error(`${method} ${path} answered ${answer.status} ${String(why)}`.trim());
  };
  return Object.assign(call, { strictly });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
