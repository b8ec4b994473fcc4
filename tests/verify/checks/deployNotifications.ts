import { z } from "zod";
import { SECOND } from "../../../src/core/durations.ts";
import { type Check, failed, nothing, passed, type Verdict, type Visit } from "../check.ts";
import { type Answer, codeOf, until } from "../liveSite.ts";
import { netlifySignature } from "../netlify/deployEvent.ts";

const HEARD_WITHIN = 90 * SECOND;
const addressSchema = z.object({ url: z.string(), signingSecret: z.string() });
const siteSchema = z.object({
  deployNotifications: z.object({ heardAt: z.string().nullable() }),
  deploys: z.array(z.object({ id: z.string().nullable(), state: z.string() })),
});

/** A site that is only told of deploys: its build hook is never called. */
const createdSite = async ({ site }: Visit) => {
  const { url: buildHook } = await site.createListener("Verify: unused build hook");
  const siteId = await site.create("/sites", { name: "Verify: deploys", buildHook, kind: "other" });
  const answer = await site.api("POST", `/sites/${siteId}/deploy-notifications`);
  const address = addressSchema.safeParse(answer.body);
  return { siteId, answer, address: address.data ?? null };
};

const notMade = ({ status }: Answer): Verdict =>
  failed(`the address for notifications was answered ${status}, not 201`);

/** Notifications that this command sends in Netlify's place. */
export const signature: Check = {
  name: "signature",
  title: "a deploy notification is heard with Netlify's signature alone",
  proves: "the signature is checked; that Netlify signs so is proved by the next point",
  lacks: nothing,
  async run(visit) {
    const { outside, site } = visit;
    const { siteId, answer, address } = await createdSite(visit);
    if (address === null) return notMade(answer);
    const at = new Date(outside.now()).toISOString();
    const deploy = {
      id: "0123456789abcdef01234567",
      state: "ready",
      context: "production",
      created_at: at,
      published_at: at,
    };
    const body = JSON.stringify(deploy);
    const send = (headers: Record<string, string>) =>
      site.ask("POST", new URL(address.url).pathname, {
        body,
        headers: { "content-type": "application/json", "x-netlify-event": "deploy_created", ...headers },
      });
    const read = () => site.read(`/sites/${siteId}`, siteSchema);
    const unsigned = await send({});
    if (codeOf(unsigned) !== "SIGNATURE_MISSING")
      return failed(`one without a signature was answered ${unsigned.status}`);
    const forged = await send({
      "x-webhook-signature": await netlifySignature(body, "not-the-secret-of-this-site-0123456789"),
    });
    if (codeOf(forged) !== "SIGNATURE_INVALID")
      return failed(`one with a forged signature was answered ${forged.status}`);
    if ((await read()).deployNotifications.heardAt !== null) return failed("a refused notification was recorded");
    const right = await send({ "x-webhook-signature": await netlifySignature(body, address.signingSecret) });
    if (right.status !== 200) return failed(`one with the right signature was answered ${right.status}`);
    const known = (await read()).deploys.some(({ id }) => id === deploy.id);
    return known ? passed("one of three was heard: the signed one") : failed("a signed notification was not recorded");
  },
};

/** Notifications that Netlify sends of this site's second deploy. */
export const notifiedByNetlify: Check = {
  name: "deploy-notifications",
  title: "Netlify tells of a deploy, and is heard",
  proves: "hooks made by Netlify's API are sent, named and signed as assumed",
  lacks: ({ hooks, deployAgain }) =>
    hooks === null || deployAgain === null ? "it needs a site at Netlify that this command deploys" : null,
  async run(visit) {
    const { outside, site, hooks, deployAgain } = visit;
    if (hooks === null || deployAgain === null) return failed("there is no site to deploy");
    const { siteId, answer, address } = await createdSite(visit);
    if (address === null) return notMade(answer);
    await hooks(address.url, address.signingSecret);
    const deploy = await deployAgain();
    const began = outside.now();
    const known = await until(outside, { withinMs: HEARD_WITHIN, everyMs: 3 * SECOND }, async () => {
      const { deploys } = await site.read(`/sites/${siteId}`, siteSchema);
      return deploys.some(({ id, state }) => id === deploy.id && state === "ready") ? true : null;
    });
    const seconds = Math.round((outside.now() - began) / SECOND);
    if (known !== null) return passed(`the end of deploy ${deploy.id} was heard`, { seconds });
    const { deployNotifications, deploys } = await site.read(`/sites/${siteId}`, siteSchema);
    const heard =
      deployNotifications.heardAt === null ? "nothing was heard" : `${deploys.length} deploys were heard of`;
    return failed(`the end of deploy ${deploy.id} was not heard within ${HEARD_WITHIN / SECOND} s: ${heard}`, {
      seconds,
    });
  },
};
