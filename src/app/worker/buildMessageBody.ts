import { SECOND } from "../../core/durations.ts";
import type { Layer } from "../../core/layer/layer.ts";
import type { Message } from "../../core/layer/notification.ts";
import { isoTime } from "../time.ts";
import { withoutMarkup } from "./messageBody.ts";

type BuildMessage = Message & { readonly build: NonNullable<Message["build"]> };

const seconds = (ms: number): string => {
  const whole = Math.round(ms / SECOND);
  return whole < 120 ? `${whole} s` : `${Math.round(whole / 60)} min`;
};

/** One sentence for chat services to show. */
const sentence = (name: string, { event, build }: BuildMessage): string => {
  const { siteName, reason, publishedAt, at } = build;
  const after = publishedAt === undefined ? "" : `, ${seconds(Math.max(at - publishedAt, 0))} after the publish`;
  const why = reason === undefined ? "" : `: ${reason}`;
  switch (event) {
    case "build.live":
      return `${name}: ${siteName} is live${after}`;
    case "build.locked":
      return `${name}: the new build of ${siteName} is not live, because the site is locked to another deploy`;
    case "build.stale":
      return `${name}: ${siteName} was deployed, but its page is still old${why}`;
    case "build.held":
      return `${name}: the build of ${siteName} is held${why} It starts by itself when it may`;
    case "budget.at-risk":
      return build.isOver === true
        ? `${name}: the build budget of ${siteName} is no longer at risk${why}`
        : `${name}: the build budget of ${siteName} is at risk${why}`;
    default:
      return `${name}: the build of ${siteName} failed${why}`;
  }
};

/** Whether a message is about a site's build. */
export const isAboutBuild = (message: Message): message is BuildMessage => message.build !== undefined;

/** The sentence of a message about a site's build, as people and Netlify wrote what is in it. */
export const buildText = (layer: Pick<Layer, "name">, message: BuildMessage): string => sentence(layer.name, message);

/** The exact bytes of a message about a site's build, equal at every try unless the layer was renamed meanwhile. */
export const buildMessageBody = (layer: Pick<Layer, "id" | "name">, message: BuildMessage): string => {
  const { event, build } = message;
  const { publishedAt, at } = build;
  return JSON.stringify({
    type: event,
    timestamp: isoTime(at),
    dataLayerId: layer.id,
    dataLayerName: layer.name,
    siteId: build.siteId,
    siteName: build.siteName,
    buildId: build.buildId,
    syncIds: build.syncIds,
    deploy: build.deployId === undefined ? null : { id: build.deployId, url: build.deployUrl ?? null },
    ...(event === "budget.at-risk" && { state: build.isOver === true ? "over" : "raised" }),
    reason: build.reason ?? null,
    publishedAt: publishedAt === undefined ? null : isoTime(publishedAt),
    publishToLiveSeconds:
      event === "build.live" && publishedAt !== undefined ? Math.round(Math.max(at - publishedAt, 0) / SECOND) : null,
    text: withoutMarkup(sentence(layer.name, message)),
  });
};
