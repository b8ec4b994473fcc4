import type * as z from "zod/mini";

/** A setting that is stored as it is given, and shown, exported and audited as it is stored. */
interface Setting {
  readonly stored: z.ZodMiniType;
  /** What the API, an export and the audit log show where nobody has set it. */
  readonly absent: string | number | boolean | null;
  /** One sentence, for the API's description. */
  readonly means: string;
}

/** Settings by name. Their stored shape, view, export and audit entry follow from this description. */
export type Settings = Readonly<Record<string, Setting>>;

export type Values<S extends Settings> = { [N in keyof S]: z.infer<S[N]["stored"]> };
type Shown<S extends Settings> = { [N in keyof S]: Exclude<Values<S>[N], undefined> | S[N]["absent"] };
/** The settings as a person gives them. */
export type Given<S extends Settings> = {
  readonly [N in keyof S as undefined extends Values<S>[N] ? never : N]: Values<S>[N];
} & { readonly [N in keyof S as undefined extends Values<S>[N] ? N : never]?: Values<S>[N] };

/** Some of the settings, or none. */
export type Some<S extends Settings> = { readonly [N in keyof S]?: Values<S>[N] | undefined };

/** The fields of the settings in a stored schema. */
export function storedShape<S extends Settings>(settings: S): { [N in keyof S]: S[N]["stored"] };
export function storedShape(settings: Settings): object {
  return Object.fromEntries(Object.entries(settings).map(([name, { stored }]) => [name, stored]));
}

/** The value of every setting; undefined if nobody has set it. Spread over former values, they replace all of them. */
export function valuesOf<S extends Settings>(settings: S, from: Some<S>): Values<S>;
export function valuesOf(settings: Settings, from: object): object {
  return Object.fromEntries(Object.keys(settings).map((name) => [name, Reflect.get(from, name)]));
}

/** The value of every setting as the API and the audit log show it. */
export function shownOf<S extends Settings>(settings: S, from: Some<S>): Shown<S>;
export function shownOf(settings: Settings, from: object): object {
  return Object.fromEntries(
    Object.entries(settings).map(([name, { absent }]) => [name, Reflect.get(from, name) ?? absent]),
  );
}

/** The value of every setting, the default where nobody has set it; undefined where the default is null. */
export function valuesWithDefaults<S extends Settings>(settings: S, from: Some<S>): Values<S>;
export function valuesWithDefaults(settings: Settings, from: object): object {
  return Object.fromEntries(
    Object.entries(settings).map(([name, { absent }]) => [name, Reflect.get(from, name) ?? absent ?? undefined]),
  );
}
