import { options } from "preact";

/**
 * Makes `currentTarget` of events settable. The component library sets it on events that it handles later, which
 * React's events allow. Preact passes the browser's events, on which setting it throws.
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
