import { appBreakages } from "./appBreakages.ts";
import type { Breakage } from "./breakage.ts";
import { coreBreakages } from "./coreBreakages.ts";
import { logBreakages } from "./logBreakages.ts";
import { paceBreakages } from "./paceBreakages.ts";
import { pageBreakages } from "./pageBreakages.ts";
import { repairBreakages } from "./repairBreakages.ts";
import { siteBreakages } from "./siteBreakages.ts";
import { stageBreakages } from "./stageBreakages.ts";
import { storeBreakages } from "./storeBreakages.ts";
import { watchBreakages } from "./watchBreakages.ts";
import { workerBreakages } from "./workerBreakages.ts";

/** Every one of these must be caught; one that is not shows a law or a test that is missing, or a defence that is not needed. */
export const breakages: readonly Breakage[] = [
  ...coreBreakages,
  ...storeBreakages,
  ...appBreakages,
  ...pageBreakages,
  ...repairBreakages,
  ...workerBreakages,
  ...logBreakages,
  ...siteBreakages,
  ...stageBreakages,
  ...paceBreakages,
  ...watchBreakages,
];
