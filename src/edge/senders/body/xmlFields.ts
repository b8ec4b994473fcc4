const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

const decode = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0x10_ffff ? whole : String.fromCodePoint(code);
  });

interface Element {
  readonly name: string;
  readonly fields: Record<string, unknown>;
  text: string;
}

const element = (name: string): Element => ({ name, fields: Object.create(null), text: "" });

const add = (fields: Record<string, unknown>, name: string, value: unknown): void => {
  const there = fields[name];
  if (Array.isArray(there)) there.push(value);
  else fields[name] = there === undefined ? value : [there, value];
};

/** How deep elements may stand in each other. */
const DEPTH = 100;
// Each text has one way to match, so that no body makes the reader go back and forth.
const TOKEN =
  /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<(\/?)([^\s/><!?"']+)((?:\s(?:"[^"]*"|'[^']*'|[^"'<>])*?)?)(\/?)>|([^<]+)/y;
const ATTRIBUTE = /(?<!\S)([^\s=]{1,200})\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * Reads XML as far as a path needs it: an element is an object of its elements and attributes, or its text if it has
 * neither; elements of one name are a list. Null: the text is not well-formed, or has a document type.
 */
export const readXml = (text: string): object | null => {
  const root = element("");
  const open = [root];
  const xml = text.trim();
  TOKEN.lastIndex = 0;
  if (!xml.startsWith("<")) return null;
  for (let at = 0; at < xml.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(xml);
    const inside = open.at(-1);
    if (token === null || inside === undefined || open.length > DEPTH) return null;
    const [, verbatim, close, name, attributes = "", closed, plain] = token;
    if (verbatim !== undefined || plain !== undefined) inside.text += verbatim ?? decode(plain ?? "");
    if (name === undefined) continue;
    if (close === "/") {
      if (inside.name !== name || open.length === 1) return null;
      open.pop();
    } else {
      const made = element(name);
      for (const [, key = "", double, single] of attributes.matchAll(ATTRIBUTE)) {
        add(made.fields, key, decode(double ?? single ?? ""));
      }
      open.push(made);
    }
    if (close !== "/" && closed !== "/") continue;
    const ended = close === "/" ? inside : open.pop();
    const outer = open.at(-1);
    if (ended === undefined || outer === undefined) return null;
    const hasFields = Object.keys(ended.fields).length > 0;
    add(outer.fields, ended.name, hasFields ? ended.fields : ended.text.trim());
  }
  return open.length === 1 && Object.keys(root.fields).length === 1 ? root.fields : null;
};
