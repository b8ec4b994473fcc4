import { HOUR, MINUTE, SECOND } from "../../core/durations.ts";
import { NOT_ON_PAGE } from "../../core/stage/onPages.ts";
import { isShown, type PublicStatus } from "../../core/status/publicStatus.ts";

/** A piece of a sentence: a text, or a time that the reader's browser shows in the reader's time zone. */
export type Piece = string | { readonly at: number; readonly withSeconds: boolean };

/** Whose status a sentence is about: all that is published, or one entry. */
export type Subject = "layer" | "entry";

const changes = (count: number): string => `${count.toLocaleString("en-US")} ${count === 1 ? "change" : "changes"}`;

/** A duration in the unit that people would use. */
export const duration = (ms: number): string => {
  if (ms < 2 * MINUTE) return `${Math.round(ms / SECOND)} s`;
  return ms < 2 * HOUR ? `${Math.round(ms / MINUTE)} min` : `${Math.round(ms / HOUR).toLocaleString("en-US")} h`;
};

const clock = (at: number): Piece => ({ at, withSeconds: false });

const TEAM_KNOWS = "(your team knows)";

/** What waits, as the subject of a sentence without a verb. */
const waitingText = ({ waiting }: PublicStatus, subject: Subject): string => {
  if (subject === "entry") return "Your change is waiting";
  return waiting === 0 ? "A build is waiting" : `${changes(waiting)} waiting`;
};

const waitingPieces = (status: PublicStatus, subject: Subject): Piece[] => {
  const what = waitingText(status, subject);
  if (status.paused) return [status.waiting === 0 ? "Publishing is paused" : `${what}, publishing is paused`];
  if (status.stage === "syncing") return [`${what}, the content is being synced`];
  // A pending sync has a time too, but its build starts later.
  const at = status.stage === "waiting" ? status.until : null;
  return at === null ? [`${what}, the next build starts soon`] : [`${what}, next build `, clock(at)];
};

const buildingText = ({ waiting }: PublicStatus, subject: Subject): string => {
  if (subject === "entry") return "Your change is being built";
  if (waiting === 0) return "A build is running";
  return `${changes(waiting)} ${waiting === 1 ? "is" : "are"} being built`;
};

const troubleText = ({ trouble }: PublicStatus): string =>
  trouble === "sync" ? "the content could not be synced" : "the site could not be built";

const nextTry = ({ until }: PublicStatus): Piece[] => (until === null ? [] : [", next try ", clock(until)]);

/** Why a publish that is live may not be on its page yet; null: it is, or nobody looks. */
export const pageReason = ({ stage, onPage }: PublicStatus, subject: Subject): string | null => {
  if (stage !== "live" || onPage === null || onPage.state === "seen") return null;
  if (onPage.state === "awaited") return "The deploy is live, and the page is being looked at.";
  return subject === "entry" ? NOT_ON_PAGE : "The deploy is live, but a page does not show its publish yet.";
};

const livePieces = (status: PublicStatus, subject: Subject): Piece[] => {
  const { since, liveAfter, onPage } = status;
  const reason = pageReason(status, subject);
  if (reason !== null) return [reason.slice(0, -1)];
  const after = liveAfter === null ? "" : `, ${duration(liveAfter)} after you published`;
  if (onPage?.state === "seen" && since !== null)
    return ["On the page since ", { at: Math.max(onPage.at, since), withSeconds: true }, after];
  return since === null ? ["Live"] : ["Live since ", { at: since, withSeconds: true }, after];
};

/** Where publishes stand, in one sentence for editors. It says nothing that `PublicStatus` does not hold. */
export const statusSentence = (status: PublicStatus, subject: Subject): Piece[] => {
  switch (status.stage) {
    case null:
      return [subject === "entry" ? "No publish of this entry was seen lately" : "No publish has arrived yet"];
    case "pending":
    case "syncing":
    case "waiting":
      return waitingPieces(status, subject);
    case "building":
      return [buildingText(status, subject)];
    case "retrying":
      return [`Failed: ${troubleText(status)}`, ...nextTry(status), ` ${TEAM_KNOWS}`];
    case "held":
      return ["On hold: visitors see an older version", ...nextTry(status), ` ${TEAM_KNOWS}`];
    case "failed":
      return [`Failed: ${troubleText(status)} ${TEAM_KNOWS}`];
    case "live":
      return livePieces(status, subject);
    case "asked":
      return status.since === null
        ? ["A build was requested"]
        : ["A build was requested at ", clock(status.since), ". This site does not report when it is live"];
    case "superseded":
      return ["A newer publish took over"];
    case "ignored":
    case "refused":
      return ["This publish was not accepted"];
  }
};

/** A second sentence, if changes wait behind a trouble; null: there is none. */
export const waitingBehind = ({ stage, waiting }: PublicStatus, subject: Subject): string | null =>
  subject === "layer" && waiting > 0 && (stage === "failed" || stage === "held" || stage === "retrying")
    ? `${changes(waiting)} waiting`
    : null;

/** The status in a word or two, for the badge. It holds no time, because an image does not know the reader's clock. */
export const statusWord = (status: PublicStatus): string => {
  const { stage, waiting, paused } = status;
  switch (stage) {
    case "live":
      return isShown(status) ? stage : "not on the page yet";
    case null:
      return "unknown";
    case "pending":
    case "syncing":
    case "waiting":
      return `${waiting === 0 ? "" : `${waiting.toLocaleString("en-US")} `}${paused ? "paused" : "waiting"}`;
    case "held":
      return "on hold";
    case "asked":
      return "build requested";
    case "superseded":
    case "ignored":
    case "refused":
      return "not published";
    default:
      return stage;
  }
};

/** What a status means for the colour beside it. */
export type Mood = "good" | "busy" | "wait" | "bad" | "none";

/** The mood of a status. */
export const moodOf = (status: PublicStatus): Mood => {
  const { stage } = status;
  switch (stage) {
    case "live":
      return isShown(status) ? "good" : "wait";
    case "building":
    case "syncing":
      return "busy";
    case "pending":
    case "waiting":
    case "held":
      return "wait";
    case "failed":
    case "retrying":
      return "bad";
    default:
      return "none";
  }
};
