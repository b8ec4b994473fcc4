import { describe, expect, test } from "vitest";
import { gone, seen, type World } from "../world.ts";

/** Where a dialog opens, the button that opens it, and where the focus is then: a field or a button, by its label. */
const DIALOGS = [
  ["webhooks", "Add a webhook", "Name"],
  ["webhooks", "Rename Contentful", "Name"],
  ["webhooks", "Who may send to Contentful", "Its senders prove themselves"],
  ["webhooks", "Delete Contentful", "Keep it"],
  ["settings", "Add a source", "What it is"],
  ["settings", "Add a notification", "Name"],
  ["settings", "Delete the layer", "Type the name to confirm: Opened"],
  ["/sites", "Add a site", "Name"],
  ["/tokens", "Make a token", "Name"],
] as const;

/** Dialogs are ready to be typed into, and the one that could do harm stands on what does none. */
export const dialogFlows = ({ open, site }: World): void => {
  describe("a dialog", () => {
    test("opens with the focus in its first field, or on what changes nothing, and gives it back", async () => {
      const { id } = await site().api<{ id: string }>("POST", "/data-layers?sync=false", { name: "Opened" });
      await site().api("POST", `/data-layers/${id}/webhooks`, { name: "Contentful" });
      for (const [path, name, focused] of DIALOGS) {
        const page = await open(path.startsWith("/") ? path : `/layers/${id}/${path}`);
        const button = page.getByRole("button", { name, exact: true });
        await button.click();
        const dialog = page.getByRole("dialog");
        await seen(dialog);
        const active = (): Promise<string | null> =>
          page.evaluate(() => {
            const { activeElement: at } = document;
            const label =
              at instanceof HTMLElement && at.id !== "" ? document.querySelector(`label[for="${at.id}"]`) : null;
            return (label ?? at)?.textContent?.trim() ?? null;
          });
        await expect.poll(active, { message: name }).toBe(focused);
        await page.keyboard.press("Escape");
        await gone(dialog);
        await expect
          .poll(() => button.evaluate((node) => node === document.activeElement), { message: name })
          .toBe(true);
        await page.close();
      }
    });
  });
};
