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
): string => (source === null || headers ? url : `${url}?source=${source}`);

const SOURCE_HEADER = "x-connect-data-source";

const sourceSteps = ({ headers, name }: Recipe, { source }: Filling): Step[] => {
  if (source === null || !headers) return [];
  const text = `It tells us that only the data source ${source} is to be synced.`;
  return [
    { title: "Name the header", text: `Add a request header in ${name}; this is its name.`, copy: SOURCE_HEADER },
    { title: "Give the header its value", text, copy: source },
  ];
};

const whereTo = ({ secret, name }: Recipe): string => {
  if (secret === null) return "";
  return secret.from === "cms"
    ? `${name} makes the secret (${secret.place}): it must be the one that you enter here.`
    : `Enter one secret twice: in ${name} (${secret.place}) and here.`;
};

/** How to enter a proof that is not the sender's own signature. */
const generic = ({ scheme, header, bodyPath }: NonNullable<Filling["verification"]>): string | null => {
  if (scheme === "header-secret") {
    return `Add the request header ${header ?? "authorization"}; its value is the secret that you gave this webhook.`;
  }
  if (scheme === "basic")
    return "Enter the name and the password that you gave this webhook, for Basic authentication.";
  if (scheme === "body-secret")
    return `Send the secret that you gave this webhook in the body, at ${bodyPath ?? "secret"}.`;
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
      const text = `${name} could prove who it is (${best}), and the default webhook does not ask for it. Add a webhook for that.`;
      return [{ title: "Ask for proof, with a webhook of its own", text }];
    }
    const how = recipe.secret === null ? (generic({ scheme: best }) ?? "") : whereTo(recipe);
    if (recipe.settings !== undefined) {
      const text = `Set this as the verification of this webhook, and with it the secret. ${how} The URL alone is then not enough to publish.`;
      return [{ title: "Let it prove who it is (optional)", text, copy: JSON.stringify(recipe.settings) }];
    }
    const text = `Choose the scheme ${best} in this webhook's settings. ${how} The URL alone is then not enough to publish.`;
    return [{ title: "Let it prove who it is (optional)", text }];
  }
  const { scheme } = verification;
  if (!proofs.some((proof) => proof === scheme)) {
    const can =
      best === undefined ? "It can prove nothing: take the verification away." : `Choose one of ${proofs.join(", ")}.`;
    return [
      { title: "Change the verification", text: `This webhook asks for ${scheme}, which ${name} cannot send. ${can}` },
    ];
  }
  const genericText = scheme === "body-secret" && recipe.secret !== null ? null : generic(verification);
  const text = genericText ?? `${whereTo(recipe)} You gave it to this webhook already; it is not shown again.`;
  return [{ title: "Enter the secret", text }];
};

/** The steps that connect a CMS to one webhook. */
export const fillRecipe = (recipe: Recipe, filling: Filling): Step[] => {
  const { name, place, events, headers, emptyBody } = recipe;
  const sourceNote = filling.source !== null && !headers ? ` It names the data source ${filling.source}.` : "";
  const bodyStep = {
    title: "Send no body",
    text: "Leave the body empty, unless the job of a data source reads it: nothing else does.",
  };
  return [
    { title: `Open the webhooks of ${name}`, text: `${place}.` },
    { title: "Enter the URL", text: `Method POST.${sourceNote}`, copy: urlFor(recipe, filling) },
    ...sourceSteps(recipe, filling),
    { title: "Choose the events", text: events },
    ...(emptyBody === "possible" ? [bodyStep] : []),
    ...secretStep(recipe, filling),
    { title: "Try it", text: "Publish something, or send a test from here: the log of deliveries shows what arrived." },
  ];
};
