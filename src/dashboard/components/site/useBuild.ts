import { ask } from "../../api/request.ts";
import type { Change } from "../../api/useChange.ts";
import { useToast } from "../shell/Toasts.tsx";

/** How a single build differs from the site's settings. */
interface BuildOptions {
  readonly branch?: string;
  readonly clearCache?: true;
}

/** Requests a build of a site and shows a toast. Resolves to true if it succeeded. */
export const useBuild = (
  siteId: string,
  change: Pick<Change, "run">,
  onDone: () => Promise<void>,
): ((options?: BuildOptions) => Promise<boolean>) => {
  const say = useToast();
  return async (body = {}) => {
    const done = await change.run(() => ask("POST", `/sites/${siteId}/builds`, { body }));
    if (done) {
      say("Build requested.");
      await onDone();
    }
    return done;
  };
};
