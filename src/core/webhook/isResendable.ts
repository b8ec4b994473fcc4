/** What a log says became of a delivery. */
interface LoggedOutcome {
  readonly outcome: "queued" | "coalesced" | "refused" | "ignored";
  readonly code: string | null;
}

/** The refusals of senders that were verified: only what they asked for was refused. */
const STRICT: ReadonlySet<string | null> = new Set(["UNKNOWN_DATA_SOURCE", "BODY_NOT_KEPT"]);
/** What publishes nothing. */
const NO_PUBLISH: ReadonlySet<string | null> = new Set(["TEST", "HANDSHAKE"]);

/** Returns whether a person may send a delivery again: it was a publish of a sender that was verified. */
export const isResendable = ({ outcome, code }: LoggedOutcome): boolean =>
  !NO_PUBLISH.has(code) && (outcome !== "refused" || STRICT.has(code));
