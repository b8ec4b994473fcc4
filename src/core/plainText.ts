// Halves of characters break `encodeURIComponent`; what is invisible or turns the direction makes a name read as another.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Joiners between letters of scripts that join them, as in Persian and Hindi names. Between Latin ones they show nothing. */
const LETTER_JOINERS =
  /(?<=[\p{L}\p{M}])(?<![\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Han}])[\u200c\u200d](?=[\p{L}\p{M}])(?![\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Han}])/gu;
/** What holds one emoji together. */
const EMOJI_JOINERS =
  /(?<=[\p{Extended_Pictographic}\p{EMod}]\ufe0f?)\u200d(?=\p{Extended_Pictographic})|(?<=\p{Extended_Pictographic})\ufe0f|\ufe0f(?=\u20e3)/gu;

/** Whether a text is one line of which every character can be seen. */
export const isPlainLine = (text: string): boolean => !HIDDEN.test(text);

/** Whether a text is one line in which nothing hides or reorders text, joiners that its script needs aside. */
export const isLine = (text: string): boolean =>
  isPlainLine(text.replaceAll(LETTER_JOINERS, "").replaceAll(EMOJI_JOINERS, ""));

/** Whether a text of several lines hides or reorders nothing. */
export const isText = (text: string): boolean => isLine(text.replaceAll(/[\r\n\t]/g, ""));
