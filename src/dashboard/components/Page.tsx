import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** A page with its head: crumbs, title and actions. Sets the document's title and moves the focus to the heading. */
export const Page = ({
  title,
  name = title,
  beside,
  note,
  crumbs,
  actions,
  children,
}: {
  readonly title: ComponentChildren;
  /** The document's title, if `title` is not plain text. */
  readonly name?: ComponentChildren;
  readonly beside?: ComponentChildren;
  readonly note?: ComponentChildren;
  readonly crumbs?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}) => {
  const heading = useRef<HTMLHeadingElement>(null);
  const text = String(name);
  useEffect(() => {
    document.title = `${text} · Layerhook`;
  }, [text]);
  useEffect(() => {
    // After a click on a link, its element and the focus on it are gone, so move the focus to the heading.
    if (document.activeElement === null || document.activeElement === document.body) {
      heading.current?.focus({ preventScroll: true });
    }
  }, []);
  return (
    <>
      <div class="page-head">
        <div>
          {crumbs === undefined ? null : <p class="crumbs">{crumbs}</p>}
          <div class="page-title">
            <h1 ref={heading} tabIndex={-1}>
              {title}
            </h1>
            {beside}
          </div>
          {note === undefined ? null : <p class="page-note">{note}</p>}
        </div>
        {actions === undefined ? null : <div class="row">{actions}</div>}
      </div>
      {children}
    </>
  );
};

export const Panel = ({
  title,
  actions,
  padded = true,
  children,
}: {
  readonly title: string;
  readonly actions?: ComponentChildren;
  readonly padded?: boolean;
  readonly children: ComponentChildren;
}) => (
  <section class="panel" aria-label={title}>
    <div class="panel-head">
      <h2>{title}</h2>
      {actions === undefined ? null : <div class="row">{actions}</div>}
    </div>
    {padded ? <div class="panel-body">{children}</div> : children}
  </section>
);

export const Empty = ({
  icon,
  title,
  text,
  children,
}: {
  readonly icon: ComponentChildren;
  readonly title: string;
  readonly text: ComponentChildren;
  readonly children?: ComponentChildren;
}) => (
  <div class="empty">
    {icon}
    <h2>{title}</h2>
    <p>{text}</p>
    {children}
  </div>
);

export const Facts = ({
  items,
}: {
  readonly items: readonly (readonly [name: string, value: ComponentChildren] | null)[];
}) => (
  <dl class="facts">
    {items.map((item) =>
      item === null ? null : (
        <div key={item[0]}>
          <dt>{item[0]}</dt>
          <dd>{item[1]}</dd>
        </div>
      ),
    )}
  </dl>
);
