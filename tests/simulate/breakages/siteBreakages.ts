import { type Breakage, one, tested } from "./breakage.ts";

/** Defences of what is known of a site's builds at Netlify. */
export const siteBreakages: readonly Breakage[] = [
  one(
    "give up a build for want of credits",
    "a build that Netlify holds back stays owed",
    "src/core/site/followDeploy.ts",
    ": { unbuilt: true, uncounted: true, held: why }",
    ": { unbuilt: true, atMost: 1 }",
  ),
  one(
    "give up a build that was skipped in Netlify's queue",
    "a skipped build stays owed until a newer deploy shows it",
    "src/core/site/followDeploy.ts",
    'why === "superseded" ? { unbuilt: true, uncounted: true }',
    'why === "superseded" ? { unbuilt: true, atMost: 1 }',
  ),
  {
    name: "count a held build's tries",
    without: "a build is not given up because Netlify holds it back",
    patches: [
      {
        file: "src/core/slot/judge.ts",
        from: "const counted = outcome.uncounted === true ?",
        to: "const counted = outcome.unanswered && outcome.uncounted === true ?",
      },
      { file: "src/core/slot/judge.ts", from: "if (over && outcome.uncounted !== true) {", to: "if (over) {" },
    ],
  },
  one(
    "believe that an accepted call built",
    "a build that Netlify says later it did not make is owed again",
    "src/core/site/oweAgain.ts",
    "if (owed?.why === undefined) return",
    "if (id !== null || owed?.why === undefined) return",
  ),
  one(
    "try a held build without pause",
    "a held build is tried at growing intervals",
    "src/core/slot/pace.ts",
    "if (held === undefined || held.until <= paced.at) return paced;",
    "if (held === undefined || held.times > 0) return paced;",
  ),
  one(
    "tell a layer twice of a build",
    "a layer remembers of which build events it was told",
    "src/core/layer/buildMessages.ts",
    'if (told.includes(event.id)) return { kind: "keep", result: true };',
    "",
  ),
  one(
    "forget the layers behind a build",
    "a build event stands in the site's document until its layers were told",
    "src/app/stored/tellLayers.ts",
    "const { result } = await updateLayer(deps, layerId, (layer) => oweBuildMessages(layer, site, event), WORK);",
    "const result = false;",
  ),
  tested(
    "tests/app/worker/buildNotifications.test.ts",
    "count an unreached layer as told",
    "a build event is told again to a layer that could not be reached",
    "src/app/stored/tellLayers.ts",
    'return unreadableReason(error) === "corrupt";',
    "return unreadableReason(error) !== null || layerId !== null;",
  ),
  tested(
    "tests/app/worker/buildNotifications.test.ts",
    "count a layer of a newer release as told",
    "a layer that a newer release wrote is told when it can be read",
    "src/app/stored/tellLayers.ts",
    'return unreadableReason(error) === "corrupt";',
    "return unreadableReason(error) !== null;",
  ),
  tested(
    "tests/core/site/followDeploy.test.ts",
    "forget a skipped build while a newer deploy builds",
    "a build skipped for a newer deploy is owed again if that deploy fails",
    "src/core/site/oweAgain.ts",
    'shown === "perhaps" ? why : undefined',
    "isBusy ? why : undefined",
  ),
  one(
    "end a build without a word",
    "the write that ends a build owes the event",
    "src/core/site/buildEvents.ts",
    "const events = [...ended.flatMap(endEvents), ...holdEvents(site.slot, slot)];",
    "const events = [...holdEvents(site.slot, slot)];",
  ),
  one(
    "hold a build without a word",
    "a hold is told when it begins",
    "src/core/site/buildEvents.ts",
    "const events = [...ended.flatMap(endEvents), ...holdEvents(site.slot, slot)];",
    "const events = [...ended.flatMap(endEvents)];",
  ),
  one(
    "hold a build for ever",
    "what is held is built when it can be",
    "src/core/usage/held.ts",
    "const pause = Math.min(HELD_FIRST * 2 ** (times - 1), DAY);",
    "const pause = 400 * DAY;",
  ),
];
