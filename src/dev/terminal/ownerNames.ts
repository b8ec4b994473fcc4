import { z } from "zod";
import type { Owner } from "./lineOf.ts";

const namedSchema = z.object({ name: z.string() });
const webhooksSchema = z.object({ items: z.array(z.object({ id: z.string().optional(), name: z.string() })) });
/** How long a name counts as current, and how long an id without an answer is not asked about again (ms). */
const REMEMBERED_MS = { name: 60_000, nothing: 10_000 };
const PATIENCE_MS = 2_000;

/** Where the names are: the dev server's own API. */
export interface OwnApi {
  readonly base: string;
  readonly ownerToken: string;
}

export interface OwnerNames {
  /** Returns the name of a layer or site; null: it has none, or the API does not say. Never throws. */
  nameOf(owner: Owner): Promise<string | null>;
  /** Returns the name of a layer's webhook by the id in its URL; null: not known. Never throws. */
  webhookOf(layerId: string, webhookId: string): Promise<string | null>;
}

/** Reads names from the API, each at most once a minute. `api` returns undefined until the dev server is ready. */
export const createOwnerNames = (api: () => OwnApi | undefined): OwnerNames => {
  const known = new Map<string, { readonly until: number; readonly body: Promise<unknown> }>();

  const read = (path: string): Promise<unknown> => {
    const at = api();
    if (at === undefined) return Promise.resolve(null);
    const found = known.get(path);
    if (found !== undefined && performance.now() < found.until) return found.body;
    const body = fetch(`${at.base}/api/v1${path}`, {
      headers: { authorization: `Bearer ${at.ownerToken}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).then(
      async (response): Promise<unknown> => (response.ok ? response.json() : null),
      () => null,
    );
    const remember = (ms: number): void => void known.set(path, { until: performance.now() + ms, body });
    remember(REMEMBERED_MS.name);
    return body.then(
      (value) => {
        if (value === null) remember(REMEMBERED_MS.nothing);
        return value;
      },
      () => null,
    );
  };

  return {
    async nameOf({ kind, id }) {
      const path = `/${kind === "layer" ? "data-layers" : "sites"}/${encodeURIComponent(id)}`;
      return namedSchema.safeParse(await read(path)).data?.name ?? null;
    },
    async webhookOf(layerId, webhookId) {
      const body = await read(`/data-layers/${encodeURIComponent(layerId)}/webhooks?limit=100`);
      const items = webhooksSchema.safeParse(body).data?.items ?? [];
      return items.find(({ id }) => id === webhookId)?.name ?? null;
    },
  };
};
