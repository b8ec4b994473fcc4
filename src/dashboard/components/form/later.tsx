import type { AnyComponent, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

/**
 * A component whose code is loaded when it is first shown, so that a page does not load its dialogs. `meanwhile` is shown
 * until then. After a failure, for example after a deploy, the component is loaded again when it is shown again.
 */
export const later = <Props extends object>(
  load: () => Promise<AnyComponent<Props>>,
  meanwhile: VNode | null = null,
) => {
  let loaded: AnyComponent<Props> | undefined;
  return (props: Props) => {
    const [Shown, setShown] = useState(() => loaded);
    useEffect(() => {
      if (Shown !== undefined) return;
      load().then(
        (component) => {
          loaded = component;
          setShown(() => component);
        },
        () => setShown(() => () => <p role="alert">The page has changed since you opened it. Reload the page.</p>),
      );
    }, []);
    return Shown === undefined ? meanwhile : <Shown {...props} />;
  };
};
