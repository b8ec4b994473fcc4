import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { createGateway } from "../../src/dev/gateway.ts";
import { listen } from "../../src/dev/listen.ts";
import { apiPageBuild, apiPageFiles, createApiPage } from "../../src/dev/pages/apiPage.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "src", "apiPage", "index.html"), "utf8");

const opened = async (): Promise<string> => {
  const functions = { warm: () => {}, match: () => undefined, names: [], scheduled: [], close: async () => {} };
  const background = { start: () => {}, close: () => {} };
  const nobody = async (): Promise<boolean> => false;
  const after = createApiPage(root);
  const listening = await listen(
    createGateway({ functions, background, before: nobody, after, publicHost: null, report: () => {} }),
    "0",
  );
  onTestFinished(() => listening.close());
  return `http://127.0.0.1:${listening.port}`;
};

describe("the page of the API", () => {
  test("the API page is served at /api, with everything that it loads, under the policy of all pages", async () => {
    const base = await opened();
    const loaded = [...page.matchAll(/(?:src|href)="(\/api\/[^"]+\.(?:js|css))"/g)].map(([, path = ""]) => path);
    expect(loaded).toEqual(["/api/page.css", "/api/page.js"]);
    const imported = [...apiPageFiles(root).keys()]
      .filter((name) => name !== "index.html")
      .map((name) => `/api/${name}`);
    for (const path of ["/api", "/api/", ...imported]) {
      const answer = await fetch(base + path);
      expect(answer.status, path).toBe(200);
      expect((await answer.text()).length).toBeGreaterThan(50);
      expect(answer.headers.get("content-security-policy"), path).toContain("style-src 'self';");
      expect(answer.headers.get("content-type"), path).toMatch(/^text\/(?:html|css|javascript); charset=utf-8$/);
    }
  });

  test("the API page loads nothing from elsewhere, has nothing inline, and shows the description of this system", () => {
    expect(page).not.toMatch(/<style|style="|<script>|onclick|https?:/);
    const scripts = [...apiPageFiles(root)].filter(([name]) => name.endsWith(".js"));
    const texts = scripts.map(([, path]) => readFileSync(path, "utf8")).join("\n");
    expect(texts).toContain('fetch("/api/v1/openapi.json")');
    expect(texts).not.toMatch(/https?:|innerHTML|localStorage|sessionStorage/);
  });

  test("the API page takes no path away from the API, and no file beside its own is served", async () => {
    const base = await opened();
    for (const path of ["/api/v1", "/api/v1/openapi.json", "/api/index.js", "/api/../index.html", "/apiindex.html"]) {
      expect((await fetch(base + path)).status, path).toBe(404);
    }
    expect((await fetch(`${base}/api`, { method: "POST" })).status).toBe(404);
  });

  test("the API page is deployed as it is here", () => {
    const emitted = new Map<string, string>();
    apiPageBuild(root).generateBundle.call({
      emitFile: ({ fileName, source }) => {
        emitted.set(fileName, Buffer.from(source).toString("utf8"));
        return fileName;
      },
    });
    expect([...emitted.keys()].sort()).toEqual([...apiPageFiles(root).keys()].map((name) => `api/${name}`).sort());
    expect(emitted.get("api/index.html")).toBe(page);
  });
});
