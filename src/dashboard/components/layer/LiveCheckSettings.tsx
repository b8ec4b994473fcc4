import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import type { Layer, LiveTested } from "../../api/types.ts";
import { type SettingsProps, useSettings } from "../../api/useSettings.ts";
import { titled } from "../../text/words.ts";
import { RoleButton } from "../Button.tsx";
import { errorAt, Field, Select } from "../Field.tsx";
import { SettingsForm } from "../form/SettingsForm.tsx";
import { Moment } from "../Moment.tsx";
import { Notice } from "../Notice.tsx";
import { Panel } from "../Page.tsx";

type LiveCheck = NonNullable<Layer["live"]>;

/** Where a publish shows on its page: the fields of `expect` in the API. */
const EXPECTATIONS = [
  ["text", "A text on the page"],
  ["meta", "A <meta> of the page"],
  ["header", "A header of the answer"],
  ["pointer", "A value in JSON"],
] as const;
type Place = (typeof EXPECTATIONS)[number][0];

const NAMES = {
  meta: ["Name of the <meta>", "article:modified_time"],
  header: ["Name of the header", "x-entry-version"],
  pointer: ["JSON Pointer", "/updatedAt"],
} as const;

interface LiveDraft {
  readonly url: string;
  readonly place: Place;
  readonly name: string;
  readonly value: string;
  readonly settleSeconds: string;
}

const placeOf = (expect: LiveCheck["expect"]): Place =>
  EXPECTATIONS.find(([place]) => expect[place] !== undefined)?.[0] ?? "text";

/** A live check as its form has it. */
const liveDraft = (live: LiveCheck | null): LiveDraft => {
  const expect = live?.expect ?? {};
  const place = placeOf(expect);
  return {
    url: live?.url ?? "",
    place,
    name: place === "text" ? "" : (expect[place] ?? ""),
    value: (place === "text" ? expect["text"] : expect["value"]) ?? "",
    settleSeconds: String(live?.settleSeconds ?? 60),
  };
};

/** The API's input for a draft; null: no check. */
const liveInput = ({ url, place, name, value, settleSeconds }: LiveDraft): LiveCheck | null =>
  url.trim() === ""
    ? null
    : {
        url,
        expect: place === "text" ? { text: value } : { [place]: name, value },
        settleSeconds: Number(settleSeconds),
      };

const states = {
  seen: { tone: "good", text: "The page shows the publish." },
  missing: { tone: "warn", text: "The page does not show the publish." },
  unknown: { tone: "warn", text: "Layerhook cannot tell." },
} as const;

const Tried = ({ layer, tested }: { readonly layer: Layer; readonly tested: LiveTested }) => {
  const { deliveryId, receivedAt, url, expect, status, state, reason } = tested;
  const { tone, text } = states[state];
  return (
    <Notice tone={tone}>
      <p role="status">
        {text} {reason === null ? "" : titled(reason)}
      </p>
      {deliveryId === null ? null : (
        <p class="small">
          Tried with the <a href={`/layers/${layer.id}/deliveries/${deliveryId}`}>newest publish</a>,{" "}
          <Moment at={receivedAt} />.
        </p>
      )}
      {url === null ? null : (
        <pre class="answer">
          {`GET ${url}${status === null ? "" : `\n${status}`}\n${Object.entries(expect ?? {})
            .map(([name, value]) => `${name}: ${value}`)
            .join("\n")}`}
        </pre>
      )}
    </Notice>
  );
};

/** How a publish is recognised on its page after a deploy, with a try on the newest publish. */
export const LiveCheckSettings = (props: SettingsProps) => {
  const { layer } = props;
  const settings = useSettings(props);
  const [draft, setDraft] = useState(() => liveDraft(layer.live));
  const [tested, setTested] = useState<LiveTested>();
  const set = (fields: Partial<LiveDraft>): void => {
    setDraft({ ...draft, ...fields });
    setTested(undefined);
  };
  const test = (): Promise<boolean> =>
    settings.run(async () => {
      const body = { live: liveInput(draft) ?? undefined };
      setTested(await ask<LiveTested>("POST", `/data-layers/${layer.id}/live/test`, { body }));
    });
  const error = (path: string): string | undefined => errorAt(settings.problem, `live.${path}`);
  const isGiven = draft.url.trim() !== "";
  const { place } = draft;
  return (
    <Panel title="Live check">
      <SettingsForm
        change={settings}
        onSubmit={() => settings.save({ live: liveInput(draft) })}
        beside={
          isGiven ? (
            <RoleButton needs="writer" disabled={settings.running} onClick={() => void test()}>
              Try on the newest publish
            </RoleButton>
          ) : null
        }
      >
        <p class="muted">
          After each deploy of a site with a public URL, Layerhook looks for the publish on its page.{" "}
          <code>{"{path.to.value}"}</code> stands for a value in the delivery's JSON.
        </p>
        <Field
          label="Page of a publish"
          value={draft.url}
          onInput={(url) => set({ url })}
          placeholder="https://www.example.com/posts/{payload.slug}"
          hint="Leave empty for no check."
          error={error("url")}
        />
        {isGiven ? (
          <>
            <Select
              label="What shows the publish"
              value={place}
              onChange={(value) => set({ place: EXPECTATIONS.find(([one]) => one === value)?.[0] ?? "text", name: "" })}
              options={EXPECTATIONS}
              error={error("expect")}
            />
            {place === "text" ? null : (
              <Field
                label={NAMES[place][0]}
                value={draft.name}
                onInput={(name) => set({ name })}
                required={place !== "pointer"}
                placeholder={NAMES[place][1]}
                error={error(`expect.${place}`)}
              />
            )}
            <Field
              label={place === "text" ? "Text" : "Value"}
              value={draft.value}
              onInput={(value) => set({ value })}
              required
              placeholder={place === "text" ? "{payload.title}" : "{payload.updatedAt}"}
              error={error(place === "text" ? "expect.text" : "expect.value")}
            />
            <Field
              label="Wait before another build (seconds)"
              type="number"
              min={0}
              max={900}
              value={draft.settleSeconds}
              onInput={(settleSeconds) => set({ settleSeconds })}
              required
              hint="If the page stays old, a site that allows it builds once more after this time."
              error={error("settleSeconds")}
            />
          </>
        ) : null}
        {tested === undefined ? null : <Tried layer={layer} tested={tested} />}
      </SettingsForm>
    </Panel>
  );
};
