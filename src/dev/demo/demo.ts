/** The demo layer's id. It is fixed so that the publish URL never changes. */
export const DEMO_LAYER_ID = "demo-layer";
/** The id of the demo site and of its build hook at the demo's Netlify. */
export const DEMO_SITE_ID = "demo-site";

interface Wanted {
  readonly job: string;
  readonly buildHook: string;
  readonly publicUrl: string;
}

const SITE_NAME = "Demo site";
/** Long enough for a slow machine: without the demo layer the first start looks broken. */
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
 * Creates the demo layer and its site through the public API of the dev server at `base`. If they exist with the URLs
 * of another port, updates the URLs. Throws when the API refuses.
 */
export async function seedDemo(base: string, ownerToken: string): Promise<void> {
  const wanted: Wanted = {
    job: `${base}/demo/job`,
    buildHook: `${base}/demo/build_hooks/${DEMO_SITE_ID}`,
    publicUrl: `${base}/demo/site`,
  };
  const call = caller(`${base}/api/v1`, ownerToken);
  const existing = await call("GET", `/data-layers/${DEMO_LAYER_ID}`);
  if (existing.status === 404) {
    const created = await call.strictly("POST", "/data-layers?sync=false", {
      id: DEMO_LAYER_ID,
      name: "Demo layer",
      dataSources: sourcesFor(wanted),
      // A person watches the demo, so a build must not wait for a quiet period.
      connectedSites: [{ name: SITE_NAME, buildHook: wanted.buildHook, pacing: { preset: "instant" } }],
      live: liveFor(wanted),
    });
    const connected = field(created, "connectedSites");
    await listenToDeploys(base, call, connected);
    const [site] = Array.isArray(connected) ? connected : [];
    await call.strictly("PATCH", `/sites/${String(field(site, "siteId"))}`, { publicUrl: wanted.publicUrl });
    // The first deploy comes from Git, as a real site's does. Its notification lets the layer follow builds.
    const pushed = await fetch(`${base}/demo/push`, { method: "POST", signal: AbortSignal.timeout(TIMEOUT_MS) });
    await pushed.body?.cancel();
    return;
  }
  if (existing.status !== 200) throw new Error(`GET /data-layers/${DEMO_LAYER_ID} answered ${existing.status}`);
  const sources = field(existing.body, "dataSources");
  const url = Array.isArray(sources) ? field(sources[0], "url") : undefined;
  // Keep what a person changed: update only a source whose URL is still the demo job's.
  if (url === wanted.job || typeof url !== "string" || !isDemoJob(url)) return;
  // Update the site before the layer. The layer's old URL starts this update, so an interrupted one runs again. The API
  // masks build hooks, so the site's hook is replaced in any case.
  const connected = field(existing.body, "connectedSites");
  for (const id of (Array.isArray(connected) ? connected : []).map((site) => String(field(site, "siteId")))) {
    const site = await call.strictly("GET", `/sites/${id}`);
    if (field(site, "name") === SITE_NAME)
      await call.strictly("PATCH", `/sites/${id}`, {
        buildHook: wanted.buildHook,
        publicUrl: wanted.publicUrl,
      });
  }
  await listenToDeploys(base, call, connected);
  await call.strictly("PATCH", `/data-layers/${DEMO_LAYER_ID}?sync=false`, {
    dataSources: sourcesFor(wanted),
    ...(isDemoPage(field(field(existing.body, "live"), "url")) && { live: liveFor(wanted) }),
  });
}

/** Registers the site's URL and signing secret for each deploy event, as an admin does in Netlify's UI. */
async function listenToDeploys(base: string, call: Call, connected: unknown): Promise<void> {
  const [site] = Array.isArray(connected) ? connected : [];
  const siteId = field(site, "siteId");
  if (typeof siteId !== "string") return;
  const opened = await call.strictly("POST", `/sites/${siteId}/deploy-notifications`);
  // The API shows the URL under LAYERHOOK_PUBLIC_URL, but the demo's Netlify may call only this server.
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

/** How the posts of the demo's CMS are recognised on their pages. */
function liveFor({ publicUrl }: Wanted): object {
  return { url: `${publicUrl}/posts/{key}`, expect: { text: "{payload.text}" }, settleSeconds: 5 };
}

function isDemoPage(url: unknown): boolean {
  return typeof url === "string" && /^http:\/\/localhost:\d+\/demo\/site\//.test(url);
}

function isDemoJob(url: string): boolean {
  return /^http:\/\/localhost:\d+\/demo\/job$/.test(url);
}

interface Call {
  (method: string, path: string, body?: object): Promise<{ status: number; body: unknown }>;
  /** Returns the body of a 2xx answer. Throws for any other status. */
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
