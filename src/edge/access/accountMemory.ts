import { createHmac, randomBytes } from "node:crypto";
import type { AccountAnswer } from "./member.ts";

/** How long an identity is remembered (ms). A page sends many requests at once, and Netlify limits calls per token. */
const REMEMBERED_FOR = 60_000;
/** The limit for remembered members, and for others. Made-up tokens are among the others, so they push out no member. */
const REMEMBERED = 500;
/** The limit for lookups of unknown tokens at Netlify in a minute. */
const STRANGERS = 10;

/** An answer of Netlify's, and when it was requested (ms). */
export interface RememberedAnswer {
  readonly at: number;
  readonly answer: Promise<AccountAnswer>;
}

const remember = (answers: Map<string, RememberedAnswer>, hash: string, remembered: RememberedAnswer): void => {
  answers.delete(hash);
  const [oldest] = answers.keys();
  if (oldest !== undefined && answers.size >= REMEMBERED) answers.delete(oldest);
  answers.set(hash, remembered);
};

/**
 * Remembers Netlify's recent answers under a keyed hash, because a Netlify token opens the whole team and must not be
 * kept. The key exists only in this process. Failures to answer are not remembered.
 *
 * Anybody can send made-up tokens. If ten of the tokens looked up in a minute were of no member, only tokens of known
 * members are looked up.
 */
export class AccountMemory {
  readonly #key = randomBytes(32);
  readonly #members: Map<string, RememberedAnswer>;
  readonly #others: Map<string, RememberedAnswer>;
  /** When tokens were looked up that are not, or not yet, known to be a member's (ms). */
  #strangers: number[] = [];

  /** `members` and `others` store the answers. */
  constructor(members: Map<string, RememberedAnswer> = new Map(), others: Map<string, RememberedAnswer> = new Map()) {
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
    const lookup: RememberedAnswer = { at: now, answer: find() };
    remember(this.#others, hash, lookup);
    return this.#settle(hash, lookup);
  }

  /** Moves an answer to the members or the others once it has arrived. */
  async #settle(hash: string, remembered: RememberedAnswer): Promise<AccountAnswer> {
    const forget = (): void => {
      if (this.#others.get(hash) === remembered) this.#others.delete(hash);
    };
    try {
      const answer = await remembered.answer;
      if (answer.kind === "member") {
        forget();
        remember(this.#members, hash, remembered);
        const index = this.#strangers.indexOf(remembered.at);
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
