import { runCommand } from "./cli.ts";
import { doctorCommand } from "./doctorCommand.ts";

await runCommand(doctorCommand);
