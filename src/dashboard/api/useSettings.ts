import { useRef } from "preact/hooks";
import { useToast } from "../components/shell/Toasts.tsx";
import { ask, Refused, request, Unreachable } from "./request.ts";
import type { Layer, Problem } from "./types.ts";
import { type Change, useChange } from "./useChange.ts";

export interface SettingsProps {
  readonly layer: Layer;
  readonly refresh: () => Promise<void>;
}

const CHANGED: Problem = {
  title: "Someone else changed these settings",
  status: 412,
  detail:
    "Nothing was saved, because these settings have changed since you opened the page. Reload the page and repeat your change.",
  code: "CHANGED_SINCE",
};

/** What Layerhook itself writes beside the settings: the last check of a probe, the last message of a notification. */
const MOVING = new Set(["checkedAt", "lastTry", "waiting"]);

/** A setting as a text, without what moves while nobody changes the setting. */
const settingText = (value: unknown): string | undefined =>
  JSON.stringify(value, (name, inner: unknown) => (MOVING.has(name) ? undefined : inner));

/**
 * Whether somebody else has changed what a form saves. `shown` is the layer that the form's input was made from, and
 * `opened` the layer when the form opened, from which `edited` picks what its fields show.
 */
export const isOutdated = <T extends object>(
  now: T,
  { shown, opened, edited }: { readonly shown: T; readonly opened: T; readonly edited: (layer: T) => unknown },
  patch: object,
): boolean =>
  settingText(edited(now)) !== settingText(edited(opened)) ||
  Object.keys(patch).some((name) => settingText(Reflect.get(now, name)) !== settingText(Reflect.get(shown, name)));

/**
 * Saves a part of a layer's settings and shows a toast. `save` resolves to true if it succeeded, and refuses if
 * somebody else changed the same settings: a form shows the layer as it was when the form opened, and a stale list of
 * sites would remove another person's new site. With `follows` its input is made from the layer as last polled, and only `edited`
 * must be as it was when the form opened.
 */
export const useSettings = (
  { layer, refresh }: SettingsProps,
  follows = false,
  edited: (layer: Layer) => unknown = () => null,
): Change & {
  readonly save: (patch: object, said?: string) => Promise<boolean>;
  /** The same for a dialog that shows the problem itself. Throws `Refused` or `Unreachable`. */
  readonly saveOrThrow: (patch: object, said?: string) => Promise<void>;
} => {
  const change = useChange();
  const say = useToast();
  const shown = useRef(layer);
  const saveOver = async (patch: object): Promise<void> => {
    const path = `/data-layers/${layer.id}`;
    const now = await request<Layer>("GET", path);
    if (now.kind === "unchanged") throw new Unreachable("An answer that nobody could use");
    const opened = shown.current;
    const compared = { shown: follows ? layer : opened, opened, edited };
    if (isOutdated(now.value, compared, patch)) throw new Refused(CHANGED);
    shown.current = await ask<Layer>("PATCH", path, { body: patch, match: now.etag });
  };
  const saveOrThrow = async (patch: object, said = "Saved."): Promise<void> => {
    await saveOver(patch);
    say(said);
    await refresh();
  };
  return { ...change, saveOrThrow, save: (patch, said) => change.run(() => saveOrThrow(patch, said)) };
};
