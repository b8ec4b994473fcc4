/** The kept id of the demo layer, so that its publish URL never changes. */
export const DEMO_LAYER_ID = "demo-layer";
/** The demo site's id at the stand-in for Netlify, and of its build hook. */
export const DEMO_SITE_ID = "demo-site";

interface Wanted {
  readonly job: string;
  readonly buildHook: string;
}

const SITE_NAME = "Demo site";
/** A slow machine is waited for: without its demo the first start looks broken. */
const TIMEOUT_MS = 60_000;
const EVENTS = [
  "deploy_building",
  "deploy_created",
  "deploy_failed",
  "deploy_locked",
  "deploy_unlocked",
  "deploy_restored",
];

/**
 * Makes sure, through the public API of the dev server at `base`, that the demo layer and its site exist and point to
 * this server, also after it moved to another port. Throws when the API does not do its part.
 */
export async function seedDemo(base: string, ownerToken: string): Promise<void> {
  const wanted: Wanted = { job: `${base}/demo/job`, buildHook: `${base}/demo/build_hooks/${DEMO_SITE_ID}` };
  const call = caller(`${base}/api/v1`, ownerToken);
  const existing = await call("GET", `/data-layers/${DEMO_LAYER_ID}`);
  if (existing.status === 404) {
    const created = await call.strictly("POST", "/data-layers?sync=false", {
      id: DEMO_LAYER_ID,
      name: "Demo layer",
      dataSources: sourcesFor(wanted),
      // Whoever tries it out watches it: nobody is to wait until an editor might be done.
      connectedSites: [{ name: SITE_NAME, buildHook: wanted.buildHook, pacing: { preset: "instant" } }],
    });
    await listenToDeploys(base, call, field(created, "connectedSites"));
    // Its first deploy comes from Git, as a site's does: with that Netlify has told once, and builds are followed.
    const pushed = await fetch(`${base}/demo/push`, { method: "POST", signal: AbortSignal.timeout(TIMEOUT_MS) });
    await pushed.body?.cancel();
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
  await listenToDeploys(base, call, connected);
  await call.strictly("PATCH", `/data-layers/${DEMO_LAYER_ID}?sync=false`, { dataSources: sourcesFor(wanted) });
}

/** As an admin does it at Netlify's page: the site's address and its secret, once for each event. */
async function listenToDeploys(base: string, call: Call, connected: unknown): Promise<void> {
  const [site] = Array.isArray(connected) ? connected : [];
  const siteId = field(site, "siteId");
  if (typeof siteId !== "string") return;
  const opened = await call.strictly("POST", `/sites/${siteId}/deploy-notifications`);
  // With LAYERHOOK_PUBLIC_URL set the address that is shown leads elsewhere. The demo's Netlify calls this server alone.
  const { pathname } = new URL(String(field(opened, "url")));
  const data = { url: `${base}${pathname}`, signature_secret: field(opened, "signingSecret") };
  for (const event of EVENTS) {
    const response = await fetch(`${base}/demo/netlify/api/v1/hooks?site_id=${DEMO_SITE_ID}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "url", event, data }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the demo's Netlify answered ${response.status}`);
  }
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
