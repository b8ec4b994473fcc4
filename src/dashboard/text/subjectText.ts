import type { Delivery } from "../api/types.ts";

type Published = Pick<Delivery, "subject" | "dataSource">;

const aboutText = ({ subject }: Published): string => [subject?.type, subject?.id].filter(Boolean).join(" ");

/** Says what was published, with its event: "entry.publish: article 57". Empty if the sender did not say. */
export const subjectText = ({ subject, dataSource }: Published): string => {
  const about = subject?.title ?? aboutText({ subject, dataSource });
  const text = [subject?.event, about].filter(Boolean).join(": ");
  return text === "" && dataSource !== null ? `for ${dataSource}` : text;
};

/** Names a publish in a heading: by its title, its type and id, or its event. Null if the sender did not say. */
export const subjectName = (published: Published): string | null =>
  published.subject?.title ?? (aboutText(published) || published.subject?.event) ?? null;
