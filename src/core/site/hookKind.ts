import { RATES } from "../usage/credits.ts";

/** `netlify`: a build hook of Netlify. `other`: a URL of another service that builds the site. */
export const HOOK_KINDS = ["netlify", "other"] as const;
export type HookKind = (typeof HOOK_KINDS)[number];

const NETLIFY_HOOK = /^https:\/\/api\.netlify\.com\/build_hooks\/[A-Za-z0-9_-]+(?:\?[^#]*)?$/;

/** Whether a URL has the shape of Netlify's build hooks. */
export const isNetlifyHook = (url: string): boolean => NETLIFY_HOOK.test(url);

interface StoredHook {
  readonly buildHookKind?: HookKind | undefined;
  readonly buildHookHint?: string | undefined;
}

/** The hosts of Netlify's build hooks and of their stand-ins on this machine, in a hint. */
const NETLIFY_HOST = /^(?:api\.netlify\.com|(?:[\w.-]+\.)?localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/;

/**
 * The kind of a site's build hook, as it is shown and charged. If none is stored, the host in the hint decides: a stand-in
 * on this machine counts as Netlify's.
 */
export const hookKindOf = ({ buildHookKind, buildHookHint = "" }: StoredHook): HookKind => {
  const [host = ""] = buildHookHint.split(/[/ …]/);
  return buildHookKind ?? (host === "" || NETLIFY_HOST.test(host) ? "netlify" : "other");
};

/** Whether another service builds the site, so that its builds cost no credits at Netlify. */
export const isOtherService = (hook: StoredHook): boolean => hookKindOf(hook) === "other";

/** What a build costs that a person starts now: credits at Netlify, and the same in a sentence. */
export const buildPrice = (hook: StoredHook): { readonly credits: number; readonly text: string } =>
  isOtherService(hook)
    ? { credits: 0, text: "Another service builds this site, so building now costs no credits at Netlify." }
    : { credits: RATES.build, text: `Building now costs ${RATES.build} credits.` };

/**
 * The kind after a change. A kind that is left out stays, unless the new build hook is Netlify's. Undefined: nobody has
 * named a kind.
 */
export const hookKindAfter = (
  { buildHookKind }: Pick<StoredHook, "buildHookKind">,
  { kind, buildHook }: { readonly kind?: HookKind | undefined; readonly buildHook?: string | undefined },
): HookKind | undefined => {
  if (kind !== undefined || buildHookKind === undefined) return kind;
  return buildHook !== undefined && isNetlifyHook(buildHook) ? "netlify" : buildHookKind;
};

const OF_NETLIFY = 'is a build hook of Netlify, so its kind cannot be "other". Leave `kind` out, or send "netlify"';

/** What a caller of the API does about a build hook that is not Netlify's. */
export const SEND_OTHER = 'send the kind "other" with it';

/**
 * Says why a build hook may not be stored as this kind, for the person who entered it; null: it may. The text names the
 * host alone, because the rest of the URL is a credential.
 */
export const refusedHookKind = (url: string, kind: HookKind | undefined): string | null => {
  if (isNetlifyHook(url)) return kind === "other" ? OF_NETLIFY : null;
  if (kind === "other") return null;
  const host = /^\w+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";
  const given = host === "api.netlify.com" ? "has another path" : `is at ${host}`;
  return `must be a build hook of Netlify, https://api.netlify.com/build_hooks/<id>; this URL ${given}. If another service builds the site, ${SEND_OTHER}`;
};

/** Whether a change makes the kind `netlify` and keeps a build hook that is not Netlify's. */
export const isWithoutNetlifyHook = (
  site: Pick<StoredHook, "buildHookHint">,
  { kind, buildHook }: { readonly kind?: HookKind | undefined; readonly buildHook?: string | undefined },
): boolean =>
  kind === "netlify" && buildHook === undefined && hookKindOf({ buildHookHint: site.buildHookHint }) === "other";

/** For the person whose change `isWithoutNetlifyHook`. */
export const HOOK_NEEDED =
  'is netlify, but the stored build hook is not Netlify\'s. Send a buildHook https://api.netlify.com/build_hooks/<id> with it, or leave kind "other"';
