import { createReadStream, existsSync, statSync } from "node:fs";
import { extname, join, resolve, sep } from "node:path";
import type { LocalHandler } from "./gateway.ts";
import { pageHeaders } from "./pageHeaders.ts";

export interface StaticPages {
  readonly handle: LocalHandler;
  close(): Promise<void>;
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

/** The pages of the site: as built into `root/dist`, else straight from `root/src/dashboard`, else a line of text. */
export function createStaticPages(root: string): StaticPages {
  const built = join(root, "dist");
  const source = join(root, "src", "dashboard");
  // Not on what Vite serves from the sources: it puts styles into the page by script.
  const headers = pageHeaders(root);
  let vite: Promise<import("vite").ViteDevServer> | undefined;

  // Vite takes most of a second to load, which a webhook or a first API call has no reason to wait for.
  const startVite = async (): Promise<import("vite").ViteDevServer> => {
    const { createServer } = await import("vite");
    return createServer({
      configFile: false,
      root: source,
      cacheDir: join(root, "node_modules", ".vite"),
      server: { middlewareMode: true, hmr: false, ws: false },
      appType: "spa",
      logLevel: "warn",
      oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    });
  };

  return {
    async handle(request, response, url) {
      if (request.method !== "GET" && request.method !== "HEAD") return false;
      if (existsSync(join(built, "index.html"))) {
        const file = findFile(built, url.pathname);
        if (file === undefined) return false;
        const type = TYPES[extname(file)] ?? "application/octet-stream";
        const about = { "content-type": type, "content-length": statSync(file).size };
        response.writeHead(200, { ...headers, ...about });
        if (request.method === "HEAD") response.end();
        else
          createReadStream(file)
            .on("error", () => response.destroy())
            .pipe(response);
        return true;
      }
      if (existsSync(join(source, "index.html"))) {
        vite ??= startVite();
        // A failed start is told to this request and tried again by the next one.
        const { middlewares } = await vite.catch((error: unknown) => {
          vite = undefined;
          throw error;
        });
        return new Promise((done, reject) => {
          response.once("close", () => done(true));
          middlewares(request, response, (error?: unknown) => (error === undefined ? done(false) : reject(error)));
        });
      }
      if (url.pathname !== "/") return false;
      response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
      response.end("Layerhook runs here. There is no dashboard yet; the API is at /api/v1.\n");
      return true;
    },
    async close() {
      const server = await vite?.catch(() => undefined);
      await server?.close();
    },
  };
}

/** The built file for a path; a path without an extension is a page of the dashboard, which routes by itself. */
function findFile(directory: string, pathname: string): string | undefined {
  let path: string;
  try {
    path = resolve(directory, `.${decodeURIComponent(pathname)}`);
  } catch {
    return undefined;
  }
  if (path !== directory && !path.startsWith(directory + sep)) return undefined;
  for (const candidate of [path, join(path, "index.html")]) {
    if (existsSync(candidate) && statSync(candidate).isFile()) return candidate;
  }
  return extname(path) === "" ? join(directory, "index.html") : undefined;
}
