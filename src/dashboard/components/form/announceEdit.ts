/** Tells the form around an element that a person changed it without typing, as by a click that removes a row. */
export const announceEdit = (element: Element | null): void =>
  void element?.dispatchEvent(new Event("input", { bubbles: true }));
