import { useEffect, useState } from "preact/hooks";
import { defined } from "../../core/defined.ts";
import { Field } from "./Field.tsx";

/** How long a person must not have typed (ms). */
const PAUSE = 300;

/** A field that reports its text when a person pauses, so that the server is not asked for each letter or arrow key. */
export const SearchField = ({
  label = "Search",
  type = "search",
  value,
  onSearch,
  placeholder,
}: {
  readonly label?: string;
  readonly type?: "search" | "date";
  readonly value: string;
  readonly onSearch: (text: string) => void;
  readonly placeholder?: string;
}) => {
  const [text, setText] = useState(value);
  useEffect(() => setText((before) => (before.trim() === value ? before : value)), [value]);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onSearch(text.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return <Field label={label} type={type} value={text} onInput={setText} {...defined({ placeholder })} />;
};
