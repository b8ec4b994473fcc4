import { createReadStream, existsSync, statSync } from "node:fs";
import { extname, join, resolve, sep } from "node:path";
import type { LocalHandler } from "../gateway.ts";
import { createBuiltPages } from "./builtPages.ts";
import { pageFallbacks } from "./pageFallbacks.ts";
import { pageHeaders } from "./pageHeaders.ts";

export interface StaticPages {
  readonly handle: LocalHandler;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

/**
 * Serves the site's pages with the headers they have on Netlify. Builds them from `root/src/dashboard` into `output`,
 * or serves `root/dist` if `output` or the sources are missing.
 */
export function createStaticPages(root: string, output?: string): StaticPages {
  const sources = existsSync(join(root, "src", "dashboard", "index.html"));
  const built = sources && output !== undefined ? createBuiltPages(root, output) : undefined;
  const headers = pageHeaders(root);
  const fallback = pageFallbacks(root);
  const dist = join(root, "dist");

  return {
    async handle(request, response, url) {
      if (request.method !== "GET" && request.method !== "HEAD") return false;
      const directory = built === undefined ? dist : await built.current();
      const file = findFile(directory, url.pathname) ?? findFile(directory, fallback(url.pathname));
      if (file === undefined) return false;
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      const about = { "content-type": type, "content-length": statSync(file).size, "cache-control": "no-cache" };
      response.writeHead(200, { ...headers, ...about });
      if (request.method === "HEAD") response.end();
      else
        createReadStream(file)
          .on("error", () => response.destroy())
          .pipe(response);
      return true;
    },
  };
}

/** Returns the file for a path, or the index of the folder that the path names. */
function findFile(directory: string, pathname: string | undefined): string | undefined {
  if (pathname === undefined) return undefined;
  let path: string;
  try {
    path = resolve(directory, `.${decodeURIComponent(pathname)}`);
  } catch {
    return undefined;
  }
  if (path !== directory && !path.startsWith(directory + sep)) return undefined;
  return [path, join(path, "index.html")].find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
}
