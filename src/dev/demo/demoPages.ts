import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pageHeaders } from "../pages/pageHeaders.ts";
import type { DemoMode } from "./demoModes.ts";
import type { DemoDeploy } from "./demoState.ts";

/** The demo's pages may load as little as the pages of a deploy. */
export const demoPageHeaders = pageHeaders(fileURLToPath(new URL("../../..", import.meta.url)));

const FILES: Readonly<Record<string, readonly [name: string, type: string]>> = {
  "/demo": ["index.html", "text/html; charset=utf-8"],
  "/demo/": ["index.html", "text/html; charset=utf-8"],
  "/demo/page.css": ["page.css", "text/css; charset=utf-8"],
  "/demo/page.js": ["page.js", "text/javascript; charset=utf-8"],
};

/** A version of the content of the demo site. */
export interface Content {
  readonly version: number;
  readonly syncedAt: string;
  /** Each version of each post, with the version of the content that it came with. */
  readonly posts: readonly { readonly id: string; readonly text: string; readonly version: number }[];
}

/** Returns the file of the demo's CMS at a path, with its type; undefined: there is none. */
export function demoFile(pathname: string): { readonly type: string; readonly text: string } | undefined {
  const file = Object.hasOwn(FILES, pathname) ? FILES[pathname] : undefined;
  if (file === undefined) return undefined;
  const [name, type] = file;
  return { type, text: readFileSync(new URL(`page/${name}`, import.meta.url), "utf8") };
}

/** How long the page of the deploy before is served in the mode `old-page` (ms). */
const OLD_FOR = 20_000;

/** Returns the deploy that visitors of the demo site see; undefined: none has been published. */
export const liveDeploy = (deploys: readonly DemoDeploy[], mode: DemoMode = "build"): DemoDeploy | undefined => {
  const [last, before] = deploys
    .filter(({ published_at }) => published_at !== null)
    .toSorted((a, b) => (b.published_at ?? "").localeCompare(a.published_at ?? ""));
  const isOld = mode === "old-page" && Date.now() - Date.parse(last?.published_at ?? "") < OLD_FOR;
  return isOld ? (before ?? last) : last;
};

/** Returns the marker that the build of a deploy wrote into the site's pages. */
export const demoMarker = ({ id, title, created_at: at }: DemoDeploy): object => ({
  buildId: /\(([\w-]+) #\d+\)/.exec(title ?? "")?.[1] ?? null,
  deployId: id,
  at,
});

const stateOf = ({ state, published_at }: DemoDeploy): string =>
  state === "building"
    ? "building"
    : state === "error"
      ? "not built"
      : published_at === null
        ? "built, not published"
        : "published";

/** Returns the page of the demo site. */
export function demoSitePage(content: Content, deploys: readonly DemoDeploy[], mode: DemoMode): string {
  const live = liveDeploy(deploys, mode);
  const rows = deploys
    .map((deploy) => {
      const { number, title, created_at: at, content: version } = deploy;
      const who = title === null ? "a push to Git" : title;
      return `<tr><td>${number}</td><td>${escapeHtml(at)}</td><td>${version}</td><td>${stateOf(deploy)}</td><td>${escapeHtml(who)}</td></tr>`;
    })
    .join("");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Demo site</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/demo/page.css">
<nav><a href="/demo">Demo CMS</a><a href="/layers/demo-layer">Demo layer in the dashboard</a></nav>
<main><h1>Demo site</h1>
<p>Content version <strong>${content.version}</strong>, synced ${escapeHtml(content.syncedAt)}.
The site shows version ${live?.content ?? 0}, from build ${live?.number ?? 0}.</p>
<div class="wide" tabindex="0" role="region" aria-label="Deploys"><table><thead><tr><th>Build</th><th>At</th><th>Content</th><th>Deploy</th><th>Asked for by</th></tr></thead><tbody>${rows}</tbody></table></div></main>
</html>`;
}

/** Returns the page of a post, as the deploy that visitors see shows it; undefined: that deploy has no such post. */
export function demoPostPage(
  { posts }: Content,
  deploys: readonly DemoDeploy[],
  mode: DemoMode,
  id: string,
): string | undefined {
  const shown = liveDeploy(deploys, mode)?.content ?? 0;
  const post = posts.findLast((one) => one.id === id && one.version <= shown);
  if (post === undefined) return undefined;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(id)}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/demo/page.css">
<nav><a href="/demo/site">Demo site</a></nav>
<main><h1>${escapeHtml(id)}</h1><p>${escapeHtml(post.text)}</p></main>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
