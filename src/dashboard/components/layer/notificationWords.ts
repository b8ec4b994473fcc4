import type { notificationEvents } from "../../../contract/resources/layerSchemas.ts";
import type { NotificationFormat } from "../../../core/layer/notification.ts";

type EventName = (typeof notificationEvents)[number];

/** The events of a notification in words. The compiler names an event that is missing. */
export const eventWords: Readonly<Record<EventName, string>> = {
  "build.live": "A build is live",
  "build.failed": "A build failed",
  "build.held": "A build is held (no credits, builds stopped, too many builds)",
  "build.locked": "A build is ready, but the site is locked to another deploy",
  "build.stale": "A build is live, but a page does not show the publish",
  "publish.overdue": "A publish is overdue",
  "source.silent": "No publish for a long time",
  "tick.late": "The repair function does not run",
  "budget.at-risk": "A site's build budget will run out early",
  "site.private": "Visitors must log in to Layerhook",
  "digest.weekly": "The week in numbers, every Monday",
  "sync.failed": "A sync failed",
  "sync.succeeded": "A sync succeeded",
  "sync.cancelled": "A sync was cancelled",
  "sync.superseded": "A sync was superseded by another sync",
};

/** The formats of a notification in words. */
export const formatWords: Readonly<Record<NotificationFormat, string>> = {
  standard: "Signed JSON (Standard Webhooks)",
  slack: "Slack",
  teams: "Microsoft Teams (Workflows)",
  discord: "Discord",
};
