import type { ComponentChildren } from "preact";
import { isWebUrl } from "../../core/webUrl.ts";

/**
 * A link to another host or another page of this one, in a new tab. A URL that is not a web URL is shown as text, because
 * `javascript:` would run here.
 */
export const OutsideLink = ({
  url,
  mono = false,
  children,
}: {
  readonly url: string;
  readonly mono?: boolean;
  readonly children: ComponentChildren;
}) =>
  isWebUrl(url) || url.startsWith(`${location.origin}/`) ? (
    <a href={url} rel="noreferrer" target="_blank" {...(mono ? { class: "mono" } : {})}>
      {children}
    </a>
  ) : (
    <span class={mono ? "mono" : ""}>{children}</span>
  );
