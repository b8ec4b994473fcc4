import { z } from "zod/mini";
import { SECOND } from "../../core/durations.ts";
import type { BuildOptions } from "../../core/site/buildOptions.ts";
import type { Deps, NetlifyApi, OutgoingAnswer } from "../deps.ts";
import { type NetlifyDeploy, readNetlifyDeploy } from "./netlifyDeploy.ts";

/** The deadline of one call of Netlify's API (ms). */
const DEADLINE = 15 * SECOND;

export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** One call of Netlify's API. `body` is sent as JSON. Never throws. */
export const call = (
  deps: Deps,
  { token }: NetlifyApi,
  method: "GET" | "POST" | "DELETE",
  url: string,
  signal: AbortSignal,
  body?: object,
): Promise<OutgoingAnswer> =>
  deps.outgoing.send({
    method,
    url,
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    deadline: DEADLINE,
    signal,
  });

const startedSchema = z.looseObject({ deploy_id: z.string().check(z.minLength(1), z.maxLength(64)) });

export type BuildStarted =
  | { readonly kind: "started"; readonly deployId: string }
  /** Netlify did not build; its answer gives the reason. */
  | { readonly kind: "refused"; readonly answer: Extract<OutgoingAnswer, { kind: "answer" }> }
  /** Netlify may have built, unless the request never left. */
  | { readonly kind: "silence"; readonly error: string; readonly unsent: boolean };

/** Starts a build of a site by its id at Netlify. Never throws. */
export const startBuild = async (
  deps: Deps,
  api: NetlifyApi,
  siteId: string,
  { title, branch, clearCache }: BuildOptions & { readonly title: string },
  signal: AbortSignal,
): Promise<BuildStarted> => {
  const query = { title, ...(branch === undefined ? {} : { branch }), ...(clearCache ? { clear_cache: "true" } : {}) };
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const url = `${api.url}/sites/${siteId}/builds?${parameters.join("&")}`;
  const answer = await call(deps, api, "POST", url, signal);
  if (answer.kind === "silence") return { kind: "silence", error: answer.error, unsent: answer.unsent === true };
  if (answer.status < 200 || answer.status >= 300) return { kind: "refused", answer };
  const started = startedSchema.safeParse(parsed(answer.text));
  return started.success
    ? { kind: "started", deployId: started.data.deploy_id }
    : { kind: "silence", error: "Netlify answered without the id of the deploy", unsent: false };
};

/** The URL of a deploy in Netlify's API. */
export const deployAddress = (api: NetlifyApi, deployId: string): string =>
  `${api.url}/deploys/${encodeURIComponent(deployId)}`;

export type DeployRead =
  | ({ readonly kind: "deploy" } & NetlifyDeploy)
  /** Netlify refuses to show the deploy: the token is not valid any more, or the deploy is gone. */
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "later" };

/** Reads a deploy at its URL. Never throws. */
export const readDeploy = async (
  deps: Deps,
  api: NetlifyApi,
  address: string,
  signal: AbortSignal,
): Promise<DeployRead> => {
  const answer = await call(deps, api, "GET", address, signal);
  if (answer.kind === "silence" || answer.status === 429 || answer.status >= 500) return { kind: "later" };
  if (answer.status !== 200) return { kind: "refused", status: answer.status };
  const deploy = readNetlifyDeploy(parsed(answer.text));
  return deploy === null ? { kind: "later" } : { kind: "deploy", ...deploy };
};

/** The site's latest production deploys of any origin; none if Netlify does not say. Never throws. */
export const latestDeploys = async (
  deps: Deps,
  api: NetlifyApi,
  siteId: string,
  signal: AbortSignal,
): Promise<readonly NetlifyDeploy[]> => {
  const answer = await call(
    deps,
    api,
    "GET",
    `${api.url}/sites/${encodeURIComponent(siteId)}/deploys?production=true&per_page=5`,
    signal,
  );
  const list = answer.kind === "answer" && answer.status === 200 ? parsed(answer.text) : [];
  return (Array.isArray(list) ? list : []).map(readNetlifyDeploy).filter((deploy) => deploy !== null);
};
