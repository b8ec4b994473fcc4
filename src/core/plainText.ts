// Half characters break `encodeURIComponent`. Invisible characters and changes of direction make one name look like
// another.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** The joiners of scripts such as Persian and Hindi. Between Latin letters they show nothing. */
const LETTER_JOINERS =
  /(?<=[\p{L}\p{M}])(?<![\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Han}])[\u200c\u200d](?=[\p{L}\p{M}])(?![\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Han}])/gu;
/** The joiner within one emoji. */
const EMOJI_JOINERS =
  /(?<=[\p{Extended_Pictographic}\p{EMod}]\ufe0f?)\u200d(?=\p{Extended_Pictographic})|(?<=\p{Extended_Pictographic})\ufe0f|\ufe0f(?=\u20e3)/gu;

/** Whether a text is one line of visible characters. */
export const isPlainLine = (text: string): boolean => !HIDDEN.test(text);

/**
 * Whether a text is one line without characters that hide or reorder text. Joiners that its script needs are allowed.
 */
export const isLine = (text: string): boolean =>
  isPlainLine(text.replaceAll(LETTER_JOINERS, "").replaceAll(EMOJI_JOINERS, ""));

/** Whether a text of several lines has no characters that hide or reorder text. */
export const isText = (text: string): boolean => isLine(text.replaceAll(/[\r\n\t]/g, ""));
