import type { Verification } from "../../core/webhook/verification.ts";
import type { Recipe } from "./recipe.ts";

/** One step in a CMS. */
export interface Step {
  readonly title: string;
  readonly text: string;
  /** The text to paste there. */
  readonly copy?: string;
}

/** The webhook that a recipe is filled in for. */
export interface Filling {
  /** The webhook's URL. */
  readonly url: string;
  /** The data source that deliveries should name; null: all. */
  readonly source: string | null;
  /** How the webhook verifies requests; null: not at all. */
  readonly verification: Pick<Verification, "scheme" | "header" | "bodyPath"> | null;
  /** The default webhook cannot be verified. */
  readonly isDefault: boolean;
}

/** The URL for a CMS. If the CMS cannot set headers, the URL names the data source. */
export const urlFor = (
  { headers }: Pick<Recipe, "headers">,
  { url, source }: Pick<Filling, "url" | "source">,
): string => (source === null || headers ? url : `${url}?source=${encodeURIComponent(source)}`);

const SOURCE_HEADER = "x-connect-data-source";

const sourceSteps = ({ headers, name }: Recipe, { source }: Filling): Step[] => {
  if (source === null || !headers) return [];
  const text = `The value limits the sync to the data source ${source}.`;
  return [
    { title: "Name the header", text: `Add a request header in ${name} with this name.`, copy: SOURCE_HEADER },
    { title: "Give the header its value", text, copy: source },
  ];
};

const whereTo = ({ secret, name }: Recipe): string => {
  if (secret === null) return "";
  return secret.from === "cms"
    ? `${name} creates the secret (${secret.place}). Enter the same secret in this webhook's settings.`
    : `Enter the same secret in ${name} (${secret.place}) and in this webhook's settings.`;
};

/** How to enter a proof that is not the sender's own signature. */
const generic = ({ scheme, header, bodyPath }: NonNullable<Filling["verification"]>): string | null => {
  if (scheme === "header-secret") {
    return `Add the request header ${header ?? "authorization"} with this webhook's secret as its value.`;
  }
  if (scheme === "basic") return "Enter this webhook's name and password for Basic authentication.";
  if (scheme === "body-secret") return `Send this webhook's secret in the body, at ${bodyPath ?? "secret"}.`;
  return null;
};

const secretStep = (recipe: Recipe, { verification, isDefault }: Filling): Step[] => {
  const { name, proofs } = recipe;
  const [best] = proofs;
  if (verification === null) {
    if (best === undefined) {
      const text = `${name} cannot send more proof than the URL: anyone who knows the URL can publish. Keep the URL secret. You can rotate it with one click.`;
      return [{ title: "Keep the URL secret", text }];
    }
    if (isDefault) {
      const text = `${name} can send a verification (${best}), but the default webhook does not verify requests. Create a webhook for this CMS.`;
      return [{ title: "Create a webhook that verifies requests", text }];
    }
    const how = recipe.secret === null ? (generic({ scheme: best }) ?? "") : whereTo(recipe);
    if (recipe.settings !== undefined) {
      const text = `Set this verification for this webhook, together with the secret. ${how} The URL alone is then not enough to publish.`;
      return [{ title: "Turn on verification (optional)", text, copy: JSON.stringify(recipe.settings) }];
    }
    const text = `Choose the scheme ${best} in this webhook's settings. ${how} The URL alone is then not enough to publish.`;
    return [{ title: "Turn on verification (optional)", text }];
  }
  const { scheme } = verification;
  if (!proofs.some((proof) => proof === scheme)) {
    const can =
      best === undefined
        ? "This CMS can send no verification. Turn the webhook's verification off."
        : `Choose one of ${proofs.join(", ")}.`;
    return [
      { title: "Change the verification", text: `This webhook requires ${scheme}, which ${name} cannot send. ${can}` },
    ];
  }
  const genericText = scheme === "body-secret" && recipe.secret !== null ? null : generic(verification);
  const text =
    genericText ??
    `${whereTo(recipe)} The webhook already has the secret, and Layerhook does not show the secret again.`;
  return [{ title: "Enter the secret", text }];
};

/** The steps that connect a CMS to one webhook. */
export const fillRecipe = (recipe: Recipe, filling: Filling): Step[] => {
  const { name, place, events, headers, emptyBody } = recipe;
  const sourceNote = filling.source !== null && !headers ? ` The URL names the data source ${filling.source}.` : "";
  const bodyStep = {
    title: "Send no body",
    text: "Leave the body empty, unless a sync job reads the body.",
  };
  return [
    { title: `Open the webhooks of ${name}`, text: `${place}.` },
    { title: "Enter the URL", text: `Method POST.${sourceNote}`, copy: urlFor(recipe, filling) },
    ...sourceSteps(recipe, filling),
    { title: "Choose the events", text: events },
    ...(emptyBody === "possible" ? [bodyStep] : []),
    ...secretStep(recipe, filling),
    {
      title: "Try it",
      text: "Publish something, or send a test from Layerhook. The log of deliveries shows what arrived.",
    },
  ];
};
