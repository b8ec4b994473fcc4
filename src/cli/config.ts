import { runCommand } from "./cli.ts";
import { configCommand } from "./configCommand.ts";

await runCommand(configCommand);
