import { createHmac, randomBytes } from "node:crypto";
import type { AccountAnswer } from "./member.ts";

/** How long an identity is remembered (ms). A page sends many requests at once, and Netlify limits calls per token. */
const REMEMBERED_FOR = 60_000;
/** How many members are remembered, and as many others, so that made-up tokens push out no member. */
const REMEMBERED = 500;
/** How many unknown tokens are looked up at Netlify in a minute. */
const STRANGERS = 10;

/** An answer of Netlify's, and when it was requested (ms). */
export interface Remembered {
  readonly at: number;
  readonly answer: Promise<AccountAnswer>;
}

const keep = (answers: Map<string, Remembered>, hash: string, remembered: Remembered): void => {
  answers.delete(hash);
  const [oldest] = answers.keys();
  if (oldest !== undefined && answers.size >= REMEMBERED) answers.delete(oldest);
  answers.set(hash, remembered);
};

/**
 * Remembers Netlify's recent answers under a keyed hash, because a Netlify token opens the whole team and must not be
 * kept. The key exists only in this process. Failures to answer are not remembered.
 *
 * Anybody can send made-up tokens. After ten lookups of tokens of no member in a minute, only tokens of known members
 * are looked up.
 */
export class AccountMemory {
  readonly #key = randomBytes(32);
  readonly #members: Map<string, Remembered>;
  readonly #others: Map<string, Remembered>;
  /** When tokens were looked up that are no member's, or not yet known to be (ms). */
  #strangers: number[] = [];

  /** `members` and `others` hold the answers. */
  constructor(members: Map<string, Remembered> = new Map(), others: Map<string, Remembered> = new Map()) {
    this.#members = members;
    this.#others = others;
  }

  /**
   * The remembered answer for `question` and `token`, or the one that `find` returns. Concurrent requests share one
   * lookup.
   */
  async recall(
    question: string,
    token: string,
    now: number,
    find: () => Promise<AccountAnswer>,
  ): Promise<AccountAnswer> {
    const hash = createHmac("sha256", this.#key)
      .update(JSON.stringify([question, token]))
      .digest("base64url");
    const member = this.#members.get(hash);
    const known = this.#others.get(hash) ?? member;
    if (known !== undefined && now >= known.at && now - known.at < REMEMBERED_FOR) return known.answer;
    this.#strangers = this.#strangers.filter((at) => now >= at && now - at < REMEMBERED_FOR);
    const [first] = this.#strangers;
    if (member === undefined && first !== undefined && this.#strangers.length >= STRANGERS) {
      const retryAfter = Math.ceil((first + REMEMBERED_FOR - now) / 1000);
      return { kind: "unavailable", reason: "not asked: too many unknown tokens within a minute", retryAfter };
    }
    if (member === undefined) this.#strangers.push(now);
    const asked: Remembered = { at: now, answer: find() };
    keep(this.#others, hash, asked);
    return this.#settle(hash, asked);
  }

  /** Moves an answer to the members or the others once it has arrived. */
  async #settle(hash: string, asked: Remembered): Promise<AccountAnswer> {
    const forget = (): void => {
      if (this.#others.get(hash) === asked) this.#others.delete(hash);
    };
    try {
      const answer = await asked.answer;
      if (answer.kind === "member") {
        forget();
        keep(this.#members, hash, asked);
        const index = this.#strangers.indexOf(asked.at);
        if (index >= 0) this.#strangers.splice(index, 1);
      } else if (answer.kind === "unavailable") {
        forget();
      } else {
        this.#members.delete(hash);
      }
      return answer;
    } catch (error) {
      forget();
      throw error;
    }
  }
}
