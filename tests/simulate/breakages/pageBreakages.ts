import { type Breakage, tested } from "./breakage.ts";

const MARKER = "tests/api/sites/marker.test.ts";

/** Defences of what is said of a site's pages. */
export const pageBreakages: readonly Breakage[] = [
  tested(
    MARKER,
    "take Netlify's word where the page has a marker",
    "a deploy is live once the page shows it",
    "src/core/stage/served.ts",
    "[servedByNetlify(site, build), servedByPage(site, build)].filter(",
    "[servedByNetlify(site, build)].filter(",
  ),
  tested(
    MARKER,
    "take the page's word where Netlify says something else",
    "a rollback counts before the page is looked at again",
    "src/core/stage/served.ts",
    "[servedByNetlify(site, build), servedByPage(site, build)].filter(",
    "[servedByPage(site, build) ?? servedByNetlify(site, build)].filter(",
  ),
  tested(
    MARKER,
    "take a page that cannot be fetched for one without a marker",
    "nobody says live while nobody knows",
    "src/core/proof/look.ts",
    'if (sight.kind === "unknown") return former;',
    'if (sight.kind === "unknown") return undefined;',
  ),
  tested(
    MARKER,
    "take a page without a marker for one that never had any",
    "a marker that is gone is looked for again",
    "src/core/proof/look.ts",
    'if (sight.kind === "none") return isOver ? undefined : former;',
    'if (sight.kind === "none") return undefined;',
  ),
  tested(
    MARKER,
    "take any marker for that of the deploy",
    "a marker names the deploy that it shows",
    "src/core/proof/look.ts",
    'const isShown = sight.kind === "marker" && namesDeploy(sight, wanted);',
    'const isShown = sight.kind === "marker";',
  ),
  tested(
    MARKER,
    "tell that a build is live before its page shows it",
    "layers are told once the page shows it",
    "src/core/site/buildEvents.ts",
    'event === "build.live" && markerOf(site) !== undefined',
    'event === "build.lost" && markerOf(site) !== undefined',
  ),
  tested(
    MARKER,
    "look at a page once",
    "an old copy goes by itself",
    "src/core/proof/look.ts",
    "[5 * SECOND, 15 * SECOND, 60 * SECOND]",
    "[5 * SECOND]",
  ),
  tested(
    MARKER,
    "leave a look to the worker that died",
    "the tick finds a look that is due",
    "src/app/repair/visit.ts",
    "Math.min(nextDue(document.slot, partsOf(document)), nextLook(document))",
    "nextDue(document.slot, partsOf(document))",
  ),
  tested(
    MARKER,
    "wake nobody to look",
    "a deploy that goes live wakes a worker that looks",
    "src/app/receive/recordDeployEvent.ts",
    " || nextLook(next) <= now",
    "",
  ),
];
