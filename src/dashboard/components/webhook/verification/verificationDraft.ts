import type { Webhook } from "../../../api/types.ts";
import { objectOf, type Pair } from "../../form/pair.ts";
import { formOf, type Setting } from "./verificationForms.ts";

/** A verification as its form has it. */
export interface VerificationDraft {
  /** Empty: the URL alone is enough. */
  readonly scheme: string;
  /** Empty: the stored secret. */
  readonly secret: string;
  /** Empty: as it is. */
  readonly previousSecret: string;
  /** Whether the previous secret is refused from now on. */
  readonly dropsPrevious: boolean;
  /** The settings by their paths. */
  readonly texts: Readonly<Record<string, string>>;
  readonly claims: readonly Pair[];
}

const LINE_BREAK = "\\n";

const valueAt = (value: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce(
      (inner: unknown, name) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, name) : undefined),
      value,
    );

const textOf = ({ path, initial = "", lines }: Setting, shown: object): string => {
  const value = valueAt(shown, path) ?? initial;
  return lines ? String(value) : String(value).replaceAll("\n", LINE_BREAK);
};

/** The draft of a scheme, with the settings that the webhook has. */
export const draftOf = (verification: Webhook["verification"], scheme: string): VerificationDraft => {
  const shown = verification?.scheme === scheme ? verification : {};
  const settings = formOf(scheme)?.settings ?? [];
  return {
    scheme,
    secret: "",
    previousSecret: "",
    dropsPrevious: false,
    texts: Object.fromEntries(settings.map((setting) => [setting.path, textOf(setting, shown)])),
    claims: "claims" in shown ? Object.entries(shown.claims ?? {}) : [],
  };
};

/** The first setting of a group decides whether the others have a meaning. */
const LEADS: Readonly<Record<string, string>> = { timestamp: "timestamp.header", bodyHash: "bodyHash.claim" };

/** Whether the algorithm of a token needs a public key. */
const isPublic = ({ texts }: VerificationDraft): boolean => !(texts["algorithm"] ?? "HS").startsWith("HS");

const hasMeaning = (draft: VerificationDraft, path: string): boolean => {
  const lead = LEADS[path.split(".")[0] ?? ""];
  if (lead !== undefined && lead !== path) return draft.texts[lead] !== "";
  if (path === "keyEncoding" && draft.scheme === "jwt") return !isPublic(draft);
  if (path === "jwksUrl") return isPublic(draft);
  if (path === "toleranceSeconds" && draft.texts["timestamp.header"] !== undefined) {
    return draft.texts["timestamp.header"] !== "";
  }
  return true;
};

/** The settings to show, which are those that the other settings give a meaning. */
export const settingsFor = (draft: VerificationDraft): readonly Setting[] =>
  (formOf(draft.scheme)?.settings ?? []).filter(({ path }) => hasMeaning(draft, path));

/** What proves a sender by a draft: a secret, a public key, or the key set at a URL. */
export const keyFor = (draft: VerificationDraft): "secret" | "public-key" | "key-set" => {
  const key = formOf(draft.scheme)?.key ?? "secret";
  if (key !== "either") return key;
  if (!isPublic(draft)) return "secret";
  return draft.texts["jwksUrl"] === "" ? "public-key" : "key-set";
};

/** Whether the webhook has a stored secret or key that serves a draft, as the API decides it. */
export const isKeyStored = (verification: Webhook["verification"], draft: VerificationDraft): boolean => {
  if (verification === null || verification.scheme !== draft.scheme) return false;
  const stored = draftOf(verification, draft.scheme);
  if (keyFor(stored) === "key-set") return false;
  const familyOf = ({ texts }: VerificationDraft) => (texts["algorithm"] ?? "HS").slice(0, 2).replace("PS", "RS");
  return draft.scheme !== "jwt" || familyOf(stored) === familyOf(draft);
};

const sent = ({ path, range }: Setting, text: string): unknown => {
  if (range !== undefined) return Number(text);
  return path === "timestamp.separator" ? text.replaceAll(LINE_BREAK, "\n") : text;
};

/** The API's input for a draft; null: no verification. */
export const verificationInput = (draft: VerificationDraft): object | null => {
  if (draft.scheme === "") return null;
  const input: Record<string, unknown> = { scheme: draft.scheme };
  if (keyFor(draft) !== "key-set") {
    if (draft.secret !== "") input["secret"] = draft.secret;
    if (draft.dropsPrevious) input["previousSecret"] = null;
    else if (draft.previousSecret !== "") input["previousSecret"] = draft.previousSecret;
  }
  const groups = new Map<string, Record<string, unknown>>();
  for (const setting of settingsFor(draft)) {
    const text = draft.texts[setting.path] ?? "";
    if (setting.path === "claims" || (text === "" && setting.keepsEmpty !== true)) continue;
    const [group = "", name] = setting.path.split(".");
    if (name === undefined) input[group] = sent(setting, text);
    else groups.set(group, { ...groups.get(group), [name]: sent(setting, text) });
  }
  const claims = objectOf(draft.claims);
  return {
    ...input,
    ...Object.fromEntries(groups),
    ...(draft.scheme === "jwt" && Object.keys(claims).length > 0 ? { claims } : {}),
  };
};
