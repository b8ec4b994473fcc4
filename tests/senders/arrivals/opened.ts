import { SenderWorld } from "../senderWorld.ts";

const HOUR = 3_600_000;
let worlds = 0;

/**
 * A webhook in a world with a time of its own: an instance counts the refusals of all tests of a process to sample them,
 * a minute at a time.
 */
export const opened = async (settings: Record<string, unknown> = {}): Promise<SenderWorld> => {
  const world = new SenderWorld();
  worlds += 1;
  world.now += worlds * HOUR;
  await world.open(settings);
  return world;
};
