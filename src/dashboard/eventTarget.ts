import { options } from "preact";

/**
 * The component base sets `currentTarget` on events that it handles later, as React's events let it. Preact gives out the
 * browser's own, on which that throws; from here on it may be set.
 */
const before = options.event;
const native = Object.getOwnPropertyDescriptor(Event.prototype, "currentTarget")?.get;

options.event = (event) => {
  let set: EventTarget | null | undefined;
  Object.defineProperty(event, "currentTarget", {
    configurable: true,
    get: () => (set === undefined ? native?.call(event) : set),
    set: (target: EventTarget | null) => {
      set = target;
    },
  });
  return before === undefined ? event : before(event);
};
