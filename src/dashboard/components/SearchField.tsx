import { useEffect, useState } from "preact/hooks";
import { Field } from "./Field.tsx";

/** How long a person must not have typed (ms). */
const PAUSE = 300;

/** A search field that reports its text when a person pauses, so that the server is not asked for each letter. */
export const SearchField = ({
  value,
  onSearch,
  placeholder,
}: {
  readonly value: string;
  readonly onSearch: (text: string) => void;
  readonly placeholder: string;
}) => {
  const [text, setText] = useState(value);
  useEffect(() => setText((before) => (before.trim() === value ? before : value)), [value]);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onSearch(text.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return <Field label="Search" type="search" value={text} onInput={setText} placeholder={placeholder} />;
};
