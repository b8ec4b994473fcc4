import type { VirtualClock } from "../app/world.ts";
import type { Outside } from "./outside.ts";

/** What a command said and wrote, and the outside that it had. */
export interface VirtualOutside {
  readonly outside: Outside;
  readonly said: string[];
  readonly files: Map<string, string>;
  /** Presses Ctrl-C. */
  interrupt(): void;
  /** Lets time pass until the work is done; a request that is under way is waited for. */
  finish<T>(work: Promise<T>): Promise<T>;
}

type Fetching = (request: Request) => Promise<Response>;

/** A day; nothing that is checked takes as long. */
const STEPS = 24 * 60 * 60;
const STEP = 1000;
/** While a request is under way time passes slowly, for the attempts of a store that was written meanwhile. */
const SLOW_STEP = 20;

/** An outside in the time of `clock`, whose requests `answer` answers. */
export const virtualOutside = (clock: VirtualClock, answer: Fetching, more: Partial<Outside> = {}): VirtualOutside => {
  const said: string[] = [];
  const files = new Map<string, string>();
  const interruption = new AbortController();
  let underWay = 0;
  const say = (line: string): void => {
    said.push(line);
  };
  const outside: Outside = {
    environment: {},
    async fetch(url, init) {
      underWay += 1;
      try {
        return await answer(new Request(url, init));
      } finally {
        underWay -= 1;
      }
    },
    say,
    progress: say,
    pause: (ms) => new Promise((resolve) => clock.timer(ms, resolve)),
    now: () => clock.now,
    confirm: async () => null,
    run: async () => ({ status: 1, stdout: "", stderr: "there is no such program" }),
    write: (path, text) => void files.set(path, text),
    random: (bytes) => "0123456789abcdef".repeat(bytes).slice(0, 2 * bytes),
    interrupted: interruption.signal,
    ...more,
  };
  const finish = async <T>(work: Promise<T>): Promise<T> => {
    let done = false;
    const ended = work.finally(() => {
      done = true;
    });
    ended.catch(() => undefined);
    for (let step = 0; step < STEPS && !done; step += 1) await clock.pass(underWay > 0 ? SLOW_STEP : STEP);
    if (!done) throw new Error("the work did not end within a day");
    return ended;
  };
  return { outside, said, files, interrupt: () => interruption.abort(), finish };
};
