import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { LocalHandler } from "../gateway.ts";
import { pageHeaders } from "./pageHeaders.ts";

const OWN = ["index.html", "page.css", "page.js"];
const VIEWERS = ["swagger-ui.css", "swagger-ui-bundle.js"];
/** The viewer's license requires these files beside the bundle. */
const LICENSES = ["LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"];

/** The paths of the files of the page at `/api`, by their names below `/api`. */
export const apiPageFiles = (root: string): ReadonlyMap<string, string> => {
  const viewer = dirname(createRequire(join(root, "package.json")).resolve("swagger-ui-dist/package.json"));
  return new Map([
    ...OWN.map((name) => [name, join(root, "src", "apiPage", name)] as const),
    ...[...VIEWERS, ...LICENSES].map((name) => [name, join(viewer, name)] as const),
  ]);
};

/** The part of a Vite plugin's context that `apiPageBuild` uses. */
interface Emitting {
  emitFile(file: { readonly type: "asset"; readonly fileName: string; readonly source: Uint8Array }): string;
}

/** A Vite plugin that copies the page's files into the build. The viewer is already a bundle. */
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
  if (name.endsWith(".css")) return "text/css; charset=utf-8";
  return name.endsWith(".js") ? "text/javascript; charset=utf-8" : "text/plain; charset=utf-8";
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
