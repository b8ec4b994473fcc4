import type { z } from "@hono/zod-openapi";
import type { Deps, Target } from "../../app/deps.ts";
import { finishChange } from "../../app/manage/changes.ts";
import { type Member, mayWrite } from "../access/member.ts";
import { etagOf, etagWith, namesEtag, tokenEtag } from "./etags.ts";
import type { Serving } from "./options.ts";

/** An authenticated and checked request. */
export interface Call<Q, B> {
  readonly request: Request;
  readonly deps: Deps;
  readonly serving: Serving;
  readonly member: Member;
  /** Whether this member may see secrets and change things. */
  readonly writer: boolean;
  readonly query: Q;
  readonly body: B;
  param(name: string): string;
  /** Whether the request's `If-Match` names this version; true without `If-Match`. */
  matches(etag: string): boolean;
  /** Reports a committed change. Its audit entry is appended, and a worker woken, after the answer. */
  committed(target: Target, wake: boolean): void;
  /** The answer to a read: 304 if the caller has this version already. */
  read<S extends z.ZodType>(schema: S, view: z.input<S>, etag?: string): Response;
  /**
   * The same for a view that takes many reads. `token` changes whenever the view may have changed, so that a caller who
   * has it already gets 304 before the view is made. After a view that is not whole (`isWhole`) it is made again.
   */
  readSince<S extends z.ZodType>(
    schema: S,
    token: string,
    view: () => Promise<z.input<S>>,
    isWhole?: (view: z.input<S>) => boolean,
  ): Promise<Response>;
  /** The answer to a change. */
  answer<S extends z.ZodType>(
    status: 200 | 201 | 202,
    schema: S,
    view: z.input<S>,
    headers?: Record<string, string>,
  ): Response;
}

const bodyHeaders = {
  "content-type": "application/json; charset=utf-8",
  "cache-control": "no-store",
  vary: "Authorization, Cookie",
};

const notModified = (etag: string): Response =>
  new Response(null, {
    status: 304,
    headers: { etag, "cache-control": "no-store", vary: "Authorization, Cookie" },
  });

/** Makes the `Call` of a checked request. */
export const callOf = <Q, B>(
  request: Request,
  params: Readonly<Record<string, string>>,
  serving: Serving,
  member: Member,
  query: Q,
  body: B,
): Call<Q, B> => ({
  request,
  // Reads through these dependencies show only what the caller may see, so no route has to check it.
  deps: member.sees === undefined ? serving.deps : { ...serving.deps, sees: member.sees },
  serving,
  member,
  writer: mayWrite(member),
  query,
  body,
  param(name) {
    const value = params[name];
    if (value === undefined) throw new RangeError(`the route has no parameter ${name}`);
    return value;
  },
  matches(etag) {
    const ifMatch = request.headers.get("if-match");
    return ifMatch === null || namesEtag(ifMatch, etag);
  },
  committed: (target, wake) => serving.afterwards(finishChange(serving.deps, target, wake)),
  read(_schema, view, viewEtag) {
    const text = JSON.stringify(view);
    const etag = viewEtag ?? etagOf(text);
    const ifNoneMatch = request.headers.get("if-none-match");
    const headers = { ...bodyHeaders, etag };
    return ifNoneMatch !== null && namesEtag(ifNoneMatch, etag)
      ? notModified(etag)
      : new Response(text, { status: 200, headers });
  },
  async readSince(_schema, given, makeView, isWhole = () => true) {
    // A view differs with its address, with what its reader may see, and with the code that makes it.
    const token = JSON.stringify([given, serving.deps.release, request.url, mayWrite(member), member.dataLayers]);
    const ifNoneMatch = request.headers.get("if-none-match") ?? "";
    const same = etagWith(ifNoneMatch, { token });
    if (same !== null) return notModified(same);
    const view = await makeView();
    const body = JSON.stringify(view);
    const etag = tokenEtag(isWhole(view) ? token : "", body);
    return namesEtag(ifNoneMatch, etag) || etagWith(ifNoneMatch, { body }) !== null
      ? notModified(etag)
      : new Response(body, { status: 200, headers: { ...bodyHeaders, etag } });
  },
  answer: (status, _schema, view, headers = {}) =>
    new Response(JSON.stringify(view), { status, headers: { ...bodyHeaders, ...headers } }),
});

/** 204: the resource was deleted. */
export const noContent = (): Response =>
  new Response(null, { status: 204, headers: { "cache-control": "no-store", vary: "Authorization, Cookie" } });
