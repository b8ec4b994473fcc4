import { once } from "node:events";
import { type LabOptions, startLab } from "./lab.ts";

const TICK_MS = 60_000;

/** Keeps a lab running until the process is told to end, and prints where it is and its log. */
export const serveLab = async (options: LabOptions): Promise<void> => {
  const lab = await startLab({
    ...options,
    onLine: ({ functionName, text }) => console.log(`${functionName}: ${text}`),
  });
  console.log(`The deploy runs on ${lab.url}; its functions know it as ${lab.siteUrl}.`);
  console.log(`The production deploy before: ${lab.formerUrl}. A preview: ${lab.previewUrl}.`);
  console.log(`Owner token: ${lab.ownerToken}`);
  const clock = setInterval(() => void lab.tick(), TICK_MS);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  clearInterval(clock);
  await lab.stop();
};
