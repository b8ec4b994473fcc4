import { parseArgs } from "node:util";
import { z } from "zod";

/** The description of a command. Its usage is made from this description, so it is always complete. */
export interface Command<Options extends z.ZodObject> {
  /** The call, without options: "npm run doctor -- <url>". */
  readonly call: string;
  /** What the command does, in one or more lines. */
  readonly does: string;
  /** The greatest number of arguments without `--`; absent: none. */
  readonly operands?: number;
  /** The options, made by `flag`, `number` and `text`. */
  readonly options: Options;
}

/** The result of reading a command line: a request for help, a mistake, or values. */
export type CommandLine<Options extends z.ZodObject> =
  | { readonly kind: "help"; readonly usage: string }
  | { readonly kind: "wrong"; readonly message: string; readonly usage: string }
  | { readonly kind: "given"; readonly values: z.output<Options>; readonly operands: readonly string[] };

const rangeText = (least: number, most: number): string =>
  most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `a whole number from ${least} to ${most}`;

/** An option without a value. */
export const flag = (description: string) => z.boolean("takes no value").default(false).describe(description);

/** An option with a whole number from `least` to `most`. */
export const number = (description: string, least = 0, most = Number.MAX_SAFE_INTEGER) => {
  const message = `must be ${rangeText(least, most)}`;
  const digits = z
    .string(message)
    .regex(/^\d{1,15}$/, message)
    .transform(Number);
  return digits.pipe(z.number().min(least, message).max(most, message)).describe(description);
};

/** An option with a text. */
export const text = (description: string) =>
  z.string("needs a value").regex(/^[^-]/, "needs a value").describe(description);

/** The description of an option. zod keeps it with the schema inside a default. */
const descriptionOf = (option: z.core.$ZodType): string => {
  const inner = option instanceof z.ZodDefault || option instanceof z.ZodOptional ? option.unwrap() : option;
  return z.globalRegistry.get(inner)?.description ?? z.globalRegistry.get(option)?.description ?? "";
};

const isFlag = (option: z.core.$ZodType): boolean => z.safeParse(option, true).success;

/** The usage of a command: its call, what it does, and each option with its default. */
export const usageOf = <Options extends z.ZodObject>({ call, does, options }: Command<Options>): string => {
  const rows = Object.entries(options.shape).map(([name, option]) => {
    const fallback = isFlag(option) ? undefined : z.safeParse(option, undefined).data;
    const unless = fallback === undefined ? "" : ` (${String(fallback)} by default)`;
    return [`--${name}${isFlag(option) ? "" : " <value>"}`, `${descriptionOf(option)}${unless}`] as const;
  });
  const all = [...rows, ["--help", "shows this text"] as const];
  const width = Math.max(...all.map(([name]) => name.length)) + 2;
  const lines = all.map(([name, description]) => `  ${name.padEnd(width)}${description}`);
  return [call, "", does, "", ...lines].join("\n");
};

/** Reads the arguments of a command. Pure: it prints nothing and throws nothing. */
export const readCommandLine = <Options extends z.ZodObject>(
  command: Command<Options>,
  args: readonly string[],
): CommandLine<Options> => {
  const usage = usageOf(command);
  const wrong = (message: string): CommandLine<Options> => ({ kind: "wrong", message, usage });
  const { shape } = command.options;
  const parsed = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(
        Object.entries(shape).map(([name, option]) => [name, { type: isFlag(option) ? "boolean" : "string" } as const]),
      ),
      help: { type: "boolean", short: "h" },
    },
    allowPositionals: true,
    // Mistakes are reported below, in our own words.
    strict: false,
    tokens: true,
  });
  const givenOptions = parsed.tokens.flatMap((token) => (token.kind === "option" ? [token] : []));
  if (givenOptions.some(({ name }) => name === "help")) return { kind: "help", usage };
  const unknown = givenOptions.find(({ name }) => !Object.hasOwn(shape, name));
  if (unknown !== undefined) return wrong(`Unknown option ${unknown.rawName}.`);
  const { positionals } = parsed;
  const most = command.operands ?? 0;
  if (positionals.length > most) {
    const extra = positionals[most];
    return wrong(`Unexpected argument "${extra}". Options begin with -- and come after the "--" that npm needs.`);
  }
  const values = command.options.safeParse(parsed.values);
  if (values.success) return { kind: "given", values: values.data, operands: positionals };
  const [issue] = values.error.issues;
  const option = String(issue?.path[0] ?? "");
  const sent = parsed.values[option];
  const shown = typeof sent === "string" ? ` You gave "${sent}".` : "";
  return wrong(`--${option} ${issue?.message}.${shown}`);
};

/** Reads the arguments of this process. Prints the usage and exits with 0 for `--help`, and with 2 for a mistake. */
export const commandLine = <Options extends z.ZodObject>(
  command: Command<Options>,
): { readonly values: z.output<Options>; readonly operands: readonly string[] } => {
  const given = readCommandLine(command, process.argv.slice(2));
  if (given.kind === "given") return given;
  if (given.kind === "help") console.log(given.usage);
  else console.error(`${given.message}\n\n${given.usage}`);
  process.exit(given.kind === "help" ? 0 : 2);
};
