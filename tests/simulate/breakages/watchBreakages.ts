import { type Breakage, tested } from "./breakage.ts";

const OUTAGES = "tests/watch/outages.test.ts";
const QUIET = "tests/watch/quiet.test.ts";
const SEEDS = "tests/watch/quietSeeds.test.ts";
const DIGESTS = "tests/watch/digest.test.ts";
const PRIVATE = "tests/watch/private.test.ts";
const JUDGE = "src/core/watch/judge.ts";
const DIGEST = "src/core/watch/digest.ts";
const OVERDUE = "src/core/watch/overdue.ts";
const ALARMS = "src/core/watch/alarms.ts";

/** Defences of the alarms: each is told in time, once, and not without a cause. */
export const watchBreakages: readonly Breakage[] = [
  tested(
    OUTAGES,
    "follow a publish to the end of its sync alone",
    "a publish whose build waits or runs is looked at in the site's document",
    JUDGE,
    "...sites.map((site) => unliveAtSite(site, layer.id))",
    "...sites.slice(0, 0).map((site) => unliveAtSite(site, layer.id))",
  ),
  tested(
    OUTAGES,
    "raise an alarm that stands",
    "an alarm that stands is not raised again",
    ALARMS,
    "if (!wantsEvent(layer, event) || alarms.some((alarm) => alarm.event === event)) return layer;",
    "if (!wantsEvent(layer, event)) return layer;",
  ),
  tested(
    OUTAGES,
    "end an alarm when nobody knows",
    "an alarm stands while nobody knows what became of the build",
    JUDGE,
    "if (isRaised && sites.some(isEndUnknown))",
    "if (isRaised && sites.slice(0, 0).some(isEndUnknown))",
  ),
  tested(
    OUTAGES,
    "forget what an earlier tick watched",
    "the publish of a sync that ended between two ticks is followed",
    JUDGE,
    "const isOpen = sync != null && sync.status",
    "const isOpen = sync != null && sync.status === sync.id && sync.status",
  ),
  tested(
    QUIET,
    "count the wait that the pacing wants",
    "what the site's pacing lets a build wait does not count",
    OVERDUE,
    "from: Math.max(publishedAt, startsAt) }",
    "from: publishedAt }",
  ),
  tested(
    QUIET,
    "tell an alarm in the quiet hours",
    "an alarm of the quiet hours waits for their end",
    ALARMS,
    "due: toldAt(layer, now),",
    "due: now,",
  ),
  tested(
    QUIET,
    "tell the end of an alarm that nobody was told of",
    "an alarm that is over before it is told is told to nobody",
    ALARMS,
    "const isUntold = (message: Message): boolean => message.alarm?.id === alarm.id",
    "const isUntold = (message: Message): boolean => message.alarm?.id === message.to",
  ),
  tested(
    DIGESTS,
    "count a week from its beginning again",
    "the write that owes a digest begins the next week",
    DIGEST,
    "const next = { ...layer, week: weekFrom(layer, sites, now) };",
    "const next = { ...layer, week: { ...weekFrom(layer, sites, now), ...week } };",
  ),
  tested(
    DIGESTS,
    "name a digest by its month",
    "each digest has an id of its own",
    DIGEST,
    "dayName(until)}`,",
    "dayName(until).slice(0, 7)}`,",
  ),
  tested(
    DIGESTS,
    "send a digest in the quiet hours",
    "a digest that is due in the quiet hours waits for their end",
    DIGEST,
    "due: toldAt(layer, digest.until),",
    "due: digest.until,",
  ),
  tested(
    PRIVATE,
    "take one refusal for a private project",
    "a second look confirms that the project is private",
    "src/core/watch/judgeAccess.ts",
    "const told = since < now ? raiseAlarm",
    "const told = since <= now ? raiseAlarm",
  ),
  tested(
    PRIVATE,
    "leave the message of a private project to a worker",
    "the tick sends the messages while no wake gets through",
    "src/app/repair/visit.ts",
    'if (access === "private" && owner.kind === "layer"',
    'if (access === "ok" && owner.kind === "layer"',
  ),
  tested(
    SEEDS,
    "learn a rhythm from single publishes alone",
    "a team that publishes many entries on few days is not silent in between",
    "src/core/watch/silence.ts",
    "Math.max(byPublishes, (TIMES_DAYS * span) / days)",
    "byPublishes",
  ),
];
