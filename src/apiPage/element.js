/**
 * Makes an element. Attributes whose name begins with `on` are listeners; null and false leave an attribute out, and
 * null leaves a child out.
 */
export const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null));
  return made;
};

/** A text in which `code` between back-ticks is code. */
export const prose = (text) =>
  text.split("`").map((part, index) => (index % 2 === 1 ? element("code", {}, part) : part));

/** A `<details>` whose content is made when it is first opened. */
export const later = (attributes, summary, content) => {
  const details = element("details", attributes, element("summary", {}, ...summary));
  const fill = () => {
    if (details.open && details.childElementCount === 1) details.append(...content());
  };
  details.addEventListener("toggle", fill);
  return details;
};
