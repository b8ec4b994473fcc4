/**
 * A text as searches compare it, in any case and any form of its letters: a decomposed “Ü” is the same as “ü”. Both sides
 * of a comparison take this form.
 */
export const searchText = (text: string): string => text.normalize("NFKC").toLowerCase().normalize("NFKC");
