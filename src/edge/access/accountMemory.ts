import { createHmac, randomBytes } from "node:crypto";
import type { AccountAnswer } from "./member.ts";

/** An identity is remembered this long (ms): a page asks for many things at once, and Netlify counts calls per token. */
const REMEMBERED_FOR = 60_000;
/** Of members, and as many of everybody else: made-up tokens take no member's place. */
const REMEMBERED = 500;
/** So many tokens of nobody known are asked about in a minute, and no more. */
const STRANGERS = 10;

/** An answer, and when it was asked for (ms). */
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
 * What Netlify said lately, under a keyed hash: these tokens open the whole team, so none is kept. The key is this
 * process's own and nowhere else. What Netlify did not answer is not remembered.
 *
 * Anybody can send made-up tokens. After ten questions a minute about tokens that turned out to be no member's, only
 * those who were members before are asked about.
 */
export class AccountMemory {
  readonly #key = randomBytes(32);
  readonly #members: Map<string, Remembered>;
  readonly #others: Map<string, Remembered>;
  /** When tokens were asked about that are no member's, or not yet known to be (ms). */
  #strangers: number[] = [];

  /** `members` and `others` are where it keeps the answers. */
  constructor(members: Map<string, Remembered> = new Map(), others: Map<string, Remembered> = new Map()) {
    this.#members = members;
    this.#others = others;
  }

  /** The answer that is remembered of `question` and `token`, or the one that `find` gives; asked once at a time. */
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

  /** Puts an answer where it belongs, once it is there. */
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
