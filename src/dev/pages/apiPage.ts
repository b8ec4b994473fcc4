import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LocalHandler } from "../gateway.ts";
import { pageHeaders } from "./pageHeaders.ts";

const FILES = ["index.html", "page.css", "page.js", "element.js", "schema.js", "tryIt.js"];

/** The paths of the files of the page at `/api`, by their names below `/api`. */
export const apiPageFiles = (root: string): ReadonlyMap<string, string> =>
  new Map(FILES.map((name) => [name, join(root, "src", "apiPage", name)] as const));

/** The part of a Vite plugin's context that `apiPageBuild` uses. */
interface Emitting {
  emitFile(file: { readonly type: "asset"; readonly fileName: string; readonly source: Uint8Array }): string;
}

/** A Vite plugin that copies the page's files into the build. */
export const apiPageBuild = (root: string) => ({
  name: "layerhook-api-page",
  apply: "build" as const,
  generateBundle(this: Emitting): void {
    for (const [name, path] of apiPageFiles(root)) {
      this.emitFile({ type: "asset", fileName: `api/${name}`, source: readFileSync(path) });
    }
  },
});

const typeOf = (name: string): string => {
  if (name.endsWith(".html")) return "text/html; charset=utf-8";
  return name.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8";
};

/** Serves the page at `/api` without a build, with the headers it has on Netlify. Leaves `/api/v1` alone. */
export const createApiPage = (root: string): LocalHandler => {
  const headers = pageHeaders(root);
  return async (request, response, { pathname }) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    const name = pathname === "/api" || pathname === "/api/" ? "index.html" : pathname.replace(/^\/api\//, "");
    const path = apiPageFiles(root).get(name);
    if (path === undefined || !/^\/api(?:\/|$)/.test(pathname)) return false;
    const content = readFileSync(path);
    response.writeHead(200, { ...headers, "content-type": typeOf(name), "content-length": content.byteLength });
    response.end(request.method === "HEAD" ? undefined : content);
    return true;
  };
};
