import { START, type Timeline } from "./world/timeline.ts";

/**
 * What happened, line by line. A run that only looks for failures keeps none: since a seed replays exactly, the trace is
 * made by running it again.
 */
export class Trace {
  readonly lines: string[] = [];
  readonly #timeline: Timeline;
  readonly #kept: boolean;

  constructor(timeline: Timeline, kept: boolean) {
    this.#timeline = timeline;
    this.#kept = kept;
  }

  say(who: string, what: () => string): void {
    if (!this.#kept) return;
    const ms = this.#timeline.now - START;
    this.lines.push(`${(ms / 1000).toFixed(3).padStart(10)} s  ${who.padEnd(14)} ${what()}`);
  }
}
