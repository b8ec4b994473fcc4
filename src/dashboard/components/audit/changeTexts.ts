/** The JSON of an audit entry's detail. */
export type Detail = Readonly<Record<string, unknown>>;

/** A setting in words, with its value before and after. A side that the entry does not have is null. */
export interface ChangeText {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** An object of the detail. Any other value has no fields. */
export const detailOf = (value: unknown): Detail =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

/** Names that forms and lists use for settings that the API calls otherwise. */
const NAMES: Readonly<Record<string, string>> = { only: "conditions", live: "live check" };

/** The name of a setting in words: `pacing.quietSeconds` is “Pacing, quiet seconds”. */
export const settingText = (path: string): string => {
  const words = (NAMES[path] ?? path)
    .replaceAll(".", ", ")
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** A value in words. Lists are JSON. */
export const valueText = (value: unknown): string => {
  if (value === null || value === undefined || value === "") return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? JSON.stringify(value, null, 2) : String(value);
};

const hasFields = (value: unknown): boolean => Object.keys(detailOf(value)).length > 0;

/** What the absence of some values means. */
const ABSENT: Readonly<Record<string, string>> = { dataLayers: "all", expiresAt: "never" };

/** A value of an entry in words. */
export const detailText = (name: string, value: unknown): string =>
  value === null ? (ABSENT[name] ?? valueText(value)) : valueText(value);

/** The settings below a path whose values differ. The fields of two objects are compared one by one. */
const changesAt = (path: string, before: unknown, after: unknown): readonly ChangeText[] => {
  if (hasFields(before) && hasFields(after)) return changesBetween(detailOf(before), detailOf(after), `${path}.`);
  const [was, is] = [before, after].map((side) => (side === undefined ? null : valueText(side)));
  return was === is ? [] : [{ name: settingText(path), before: was ?? null, after: is ?? null }];
};

/** What differs between two states of the same settings, in the order of their fields. */
export const changesBetween = (before: Detail, after: Detail, path = ""): readonly ChangeText[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
    changesAt(`${path}${name}`, before[name], after[name]),
  );
