import { useEffect, useState } from "preact/hooks";
import { Button } from "./Button.tsx";
import { Check, Copy } from "./icons.tsx";

/** A button that copies a text. `what` names the text for screen readers. */
export const CopyButton = ({ text, what }: { readonly text: string; readonly what: string }) => {
  const [state, setState] = useState<"ready" | "copied" | "failed">("ready");
  useEffect(() => {
    if (state === "ready") return;
    const timer = setTimeout(() => setState("ready"), 2500);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("failed"),
    );
  };
  return (
    <>
      <Button small onClick={copy} label={`Copy ${what}`}>
        {state === "copied" ? <Check class="icon" /> : <Copy class="icon" />}
        {state === "copied" ? "Copied" : state === "failed" ? "Select it" : "Copy"}
      </Button>
      <span class="hidden-text" role="status">
        {state === "copied" ? `${what} copied` : state === "failed" ? "The browser does not allow copying" : ""}
      </span>
    </>
  );
};

/** Shows a text beside a button that copies it. `secret` is the part that a click reveals; copying needs no click. */
export const Code = ({
  text,
  what,
  secret = "",
}: {
  readonly text: string;
  readonly what: string;
  readonly secret?: string | undefined;
}) => {
  const [revealed, setRevealed] = useState(false);
  const isSecret = secret !== "" && text.includes(secret);
  const word = revealed ? "Hide" : "Reveal";
  return (
    <div class="code">
      <pre>{isSecret && !revealed ? text.replaceAll(secret, "••••••••") : text}</pre>
      <div class="code-tools">
        {isSecret ? (
          <Button small onClick={() => setRevealed(!revealed)} label={`${word} ${what}`}>
            {word}
          </Button>
        ) : null}
        <CopyButton text={text} what={what} />
      </div>
    </div>
  );
};
