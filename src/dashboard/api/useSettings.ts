import { useToast } from "../components/Toasts.tsx";
import { ask } from "./request.ts";
import type { Layer } from "./types.ts";
import { type Change, useChange } from "./useChange.ts";

export interface SettingsProps {
  readonly layer: Layer;
  readonly refresh: () => Promise<void>;
}

/** Changes a part of a layer's settings, and says so. True: done. */
export const useSettings = ({
  layer,
  refresh,
}: SettingsProps): Change & { readonly save: (patch: object, said?: string) => Promise<boolean> } => {
  const change = useChange();
  const say = useToast();
  const save = async (patch: object, said = "Saved."): Promise<boolean> => {
    const done = await change.run(() => ask("PATCH", `/data-layers/${layer.id}`, { body: patch }));
    if (done) {
      say(said);
      await refresh();
    }
    return done;
  };
  return { ...change, save };
};
