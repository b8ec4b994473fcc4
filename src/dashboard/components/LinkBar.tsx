import { useEffect, useRef } from "preact/hooks";

/**
 * A row of links, one of them the current page. On a narrow screen the row scrolls, and the current link is in view.
 */
export const LinkBar = ({
  look,
  label,
  links,
}: {
  readonly look: "nav" | "tabs";
  readonly label: string;
  readonly links: readonly { readonly to: string; readonly text: string; readonly here: boolean }[];
}) => {
  const bar = useRef<HTMLElement>(null);
  const here = links.find((link) => link.here)?.to;
  useEffect(() => {
    const current = bar.current?.querySelector("[aria-current]");
    if (!(current instanceof HTMLElement) || bar.current === null) return;
    bar.current.scrollLeft = current.offsetLeft + current.offsetWidth / 2 - bar.current.clientWidth / 2;
  }, [here]);
  return (
    <nav class={look} aria-label={label} ref={bar}>
      {links.map((link) => (
        <a key={link.to} href={link.to} {...(link.here ? { "aria-current": "page" } : {})}>
          {link.text}
        </a>
      ))}
    </nav>
  );
};
