import { type HookKind, refusedHookKind } from "../../core/site/hookKind.ts";
import { isLoopbackUrl } from "./refusedUrl.ts";

/**
 * Says why a build hook may not be stored, for the person who entered it; null: it may. `checkUrl` decides whether the
 * URL may be called at all. A loopback URL that may be called needs no kind: it is for local use.
 */
export const refusedBuildHook = (
  checkUrl: (url: string) => string | null,
  url: string,
  kind: HookKind | undefined,
): string | null => checkUrl(url) ?? (isLoopbackUrl(url) ? null : refusedHookKind(url, kind));
