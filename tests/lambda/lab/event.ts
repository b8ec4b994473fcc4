import { randomUUID } from "node:crypto";

/** What Netlify's bootstrap reads of an invocation. A body is in base64. */
export interface FunctionEvent {
  readonly rawUrl: string;
  readonly httpMethod: string;
  readonly path: string;
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly isBase64Encoded: true;
  readonly flags: Readonly<Record<string, boolean>>;
  readonly purgeAPIToken: string;
  readonly blobs?: string;
  readonly route?: string;
}

export interface EventParts {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Of this call's store, in base64; undefined: none are handed over. */
  readonly blobs: string | undefined;
  readonly route: string | undefined;
  /** Replaces and adds to the platform's own headers; undefined leaves one out. */
  readonly platform: Readonly<Record<string, string | undefined>>;
}

/** The bootstrap's switches; Netlify turns them on one by one, and the laws hold with all of them. */
const FLAGS = {
  serverless_functions_abort_signal: true,
  serverless_functions_fix_empty_body: true,
  serverless_functions_log_metadata: false,
  serverless_functions_response_redirect_relative: true,
  serverless_functions_wait_event_loop: false,
};

export const makeEvent = ({ url, method, headers, body, blobs, route, platform }: EventParts): FunctionEvent => {
  const sent = {
    ...headers,
    "x-nf-client-connection-ip": "203.0.113.9",
    "x-nf-request-id": randomUUID().replaceAll("-", "").toUpperCase().slice(0, 26),
    "x-nf-geo": Buffer.from('{"country":{"code":"DE"}}').toString("base64"),
    ...platform,
  };
  const known = Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const bodyless = method === "GET" || method === "HEAD" || body.length === 0;
  return {
    rawUrl: url.href,
    httpMethod: method,
    path: url.pathname,
    rawQuery: url.search.slice(1),
    headers: Object.fromEntries(known),
    body: bodyless ? null : body.toString("base64"),
    isBase64Encoded: true,
    flags: FLAGS,
    purgeAPIToken: "a-purge-token-of-the-lab",
    ...(blobs === undefined ? {} : { blobs }),
    ...(route === undefined ? {} : { route }),
  };
};
