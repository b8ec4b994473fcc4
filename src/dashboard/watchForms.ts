/** Forms whose changes a person must save: those of panels and of dialogs, and no filters. */
const FORMS = "form.form, form.stack, dialog form";

const QUESTION = "Leave this page? Your changes are not saved.";

const unsaved = new Set<EventTarget>();
/** The form whose submit event is being handled. */
let submitted: EventTarget | null = null;

const isUnsaved = (): boolean => [...unsaved].some((form) => form instanceof Node && form.isConnected);

/**
 * Returns what to call if the change that begins now fails: the form that was submitted for it counts as unsaved again.
 * Call it while the submit event is handled.
 */
export const unsavedAgain = (): (() => void) => {
  const form = submitted;
  return () => {
    if (form !== null) unsaved.add(form);
  };
};

/** A link that shows another page in this tab. A link that looks like a button, such as “Cancel”, says that it leaves. */
const leaves = ({ target, button, ctrlKey, metaKey, shiftKey }: MouseEvent): boolean => {
  const link = target instanceof Element ? target.closest("a[href]") : null;
  const isPlain = button === 0 && !ctrlKey && !metaKey && !shiftKey;
  return link !== null && isPlain && !link.matches("a.button, [target], [download], [href^='#']");
};

/** Asks before a person leaves a page on which they have typed something that is not saved. */
export const watchForms = (): void => {
  let here = location.href;
  addEventListener(
    "input",
    ({ target }) => {
      // What is typed into a combobox is a search.
      const form = target instanceof Element && !target.matches("[role=combobox]") ? target.closest(FORMS) : null;
      if (form === null) return;
      unsaved.add(form);
      here = location.href;
    },
    true,
  );
  // The browser has gone back already. The router, which listens later, does not learn of it.
  addEventListener("popstate", (event) => {
    if (!isUnsaved()) return;
    if (confirm(QUESTION)) return unsaved.clear();
    event.stopImmediatePropagation();
    history.pushState(null, "", here);
  });
  addEventListener(
    "submit",
    ({ target }) => {
      if (target === null || !unsaved.delete(target)) return;
      submitted = target;
      // After the form's own handler.
      setTimeout(() => {
        submitted = null;
      });
    },
    true,
  );
  addEventListener("beforeunload", (event) => {
    if (isUnsaved()) event.preventDefault();
  });
  addEventListener(
    "click",
    (event) => {
      if (!leaves(event) || !isUnsaved()) return;
      if (confirm(QUESTION)) return unsaved.clear();
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
};
