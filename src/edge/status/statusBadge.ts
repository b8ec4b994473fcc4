import type { PublicStatus } from "../../core/status/publicStatus.ts";
import { escapeMarkup } from "./escapeMarkup.ts";
import { type Mood, moodOf, statusWord } from "./statusText.ts";

const LABEL_CHARS = 40;
const PADDING = 8;
const HEIGHT = 20;
/** The widths of characters of the badge's font: slim ones, most ones, and those of scripts such as Japanese (px). */
const WIDTHS = { slim: 3.8, most: 6.8, wide: 11.5 };

const COLOURS: Readonly<Record<Mood, string>> = {
  good: "#1a7f4b",
  busy: "#1f5fbf",
  wait: "#7a5b00",
  bad: "#b3261e",
  none: "#5b6470",
};

const characterWidth = (character: string): number =>
  character > "\u024f" ? WIDTHS.wide : /[ijltfI.,:;'|! ]/.test(character) ? WIDTHS.slim : WIDTHS.most;

const widthOf = (text: string): number =>
  Math.round([...text].reduce((width, character) => width + characterWidth(character), 2 * PADDING));

const cut = (text: string): string => {
  const characters = [...text];
  return characters.length > LABEL_CHARS ? `${characters.slice(0, LABEL_CHARS - 1).join("")}…` : text;
};

/** The badge of a status, as SVG. */
export const statusBadge = (name: string, status: PublicStatus): string => {
  const [label, word] = [cut(name), statusWord(status)];
  const [left, right] = [widthOf(label), widthOf(word)];
  const text = (content: string, x: number, width: number) =>
    `<text x="${x + width / 2}" y="14">${escapeMarkup(content)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${HEIGHT}" role="img" aria-label="${escapeMarkup(`${label}: ${word}`)}">`,
    `<title>${escapeMarkup(`${label}: ${word}`)}</title>`,
    `<clipPath id="r"><rect width="${left + right}" height="${HEIGHT}" rx="4"/></clipPath>`,
    `<g clip-path="url(#r)"><rect width="${left}" height="${HEIGHT}" fill="#3c4450"/>`,
    `<rect x="${left}" width="${right}" height="${HEIGHT}" fill="${COLOURS[moodOf(status)]}"/></g>`,
    `<g fill="#fff" text-anchor="middle" font-family="system-ui,-apple-system,'Segoe UI',Roboto,sans-serif" font-size="11">`,
    `${text(label, 0, left)}${text(word, left, right)}</g></svg>`,
  ].join("");
};
