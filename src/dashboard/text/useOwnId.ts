import { useState } from "preact/hooks";

let made = 0;

/**
 * An id that nothing else in the page has. Preact's own `useId` counts from where a render began, and gives the same one
 * again to what appears later: a label then names another field.
 */
export const useOwnId = (): string => {
  const [id] = useState(() => {
    made += 1;
    return `own-${made}`;
  });
  return id;
};
