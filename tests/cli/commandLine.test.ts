import { describe, expect, it } from "vitest";
import { z } from "zod";
import { flag, number, readCommandLine, text } from "../../src/cli/commandLine.ts";

const command = {
  call: "npm run thing -- [options]",
  does: "Does the thing.",
  options: z.object({
    clicks: number("publishes", 1, 50).default(40),
    seed: number("which world").optional(),
    trace: flag("with its trace"),
    only: text("what its name holds").optional(),
  }),
};
const read = (...args: string[]) => readCommandLine(command, args);

describe("a command line", () => {
  it("a command line without options has the defaults", () => {
    expect(read()).toMatchObject({ kind: "given", values: { clicks: 40, trace: false }, operands: [] });
  });

  it("a command line gives numbers as numbers", () => {
    const values = { clicks: 7, seed: 0, trace: true, only: "a b" };
    expect(read("--clicks", "7", "--seed=0", "--trace", "--only", "a b")).toMatchObject({ kind: "given", values });
  });

  it.each([["--help"], ["-h"], ["--clicks", "x", "--help"], ["--no-such", "--help", "9"]])(
    "the command line %s %s %s shows every option with its default, whatever else was given",
    (...args) => {
      const given = read(...args.filter((arg) => arg !== undefined));
      expect(given).toMatchObject({ kind: "help" });
      expect(given.kind === "help" && given.usage.split("\n")).toEqual([
        "npm run thing -- [options]",
        "",
        "Does the thing.",
        "",
        "  --clicks <value>  publishes (40 by default)",
        "  --seed <value>    which world",
        "  --trace           with its trace",
        "  --only <value>    what its name holds",
        "  --help            shows this text",
      ]);
    },
  );

  it.each([
    [["--click", "4"], "Unknown option --click."],
    [["-x"], "Unknown option -x."],
    [["--__proto__"], "Unknown option --__proto__."],
    [["--constructor=1"], "Unknown option --constructor."],
    [["--no-trace"], "Unknown option --no-trace."],
    [["--clicks"], "--clicks must be a whole number from 1 to 50."],
    [["--clicks", "--trace"], '--clicks must be a whole number from 1 to 50. You gave "--trace".'],
    [["--clicks", "0"], '--clicks must be a whole number from 1 to 50. You gave "0".'],
    [["--clicks=51"], '--clicks must be a whole number from 1 to 50. You gave "51".'],
    [["--clicks=1.5"], '--clicks must be a whole number from 1 to 50. You gave "1.5".'],
    [["--clicks="], '--clicks must be a whole number from 1 to 50. You gave "".'],
    [["--seed", "many"], '--seed must be a whole number from 0. You gave "many".'],
    [["--trace=yes"], '--trace takes no value. You gave "yes".'],
    [["--only"], "--only needs a value."],
    [["--only", "--trace"], '--only needs a value. You gave "--trace".'],
    [["5"], 'Unexpected argument "5". Options begin with -- and come after the "--" that npm needs.'],
  ])("the command line %j is refused in words, with its usage", (args, message) => {
    expect(read(...args)).toMatchObject({ kind: "wrong", message, usage: expect.stringContaining("npm run thing") });
  });
});
