import type { Breakage } from "./breakage.ts";
import { appBreakages } from "./breakages/appBreakages.ts";
import { coreBreakages } from "./breakages/coreBreakages.ts";
import { storeBreakages } from "./breakages/storeBreakages.ts";

/** Every one of these must be caught; one that is not shows a law that is missing, or a defence that is not needed. */
export const breakages: readonly Breakage[] = [...coreBreakages, ...storeBreakages, ...appBreakages];
