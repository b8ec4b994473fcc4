import { expect, test, vi } from "vitest";
import { slowKeyFor } from "../../src/edge/secrets.ts";

const broken = vi.hoisted(() => ({ once: false }));

vi.mock("node:crypto", async (importOriginal) => {
  const crypto = await importOriginal<typeof import("node:crypto")>();
  return {
    ...crypto,
    scrypt: (...[password, salt, length, options, done]: Parameters<typeof crypto.scrypt>) => {
      if (!broken.once) return crypto.scrypt(password, salt, length, options, done);
      broken.once = false;
      return done(new Error("out of memory"), Buffer.alloc(0));
    },
  };
});

test("a slow key that could not be made is made when it is needed again, and then once", async () => {
  const make = () => slowKeyFor("a secret of this system", "session");
  broken.once = true;
  await expect(make()).rejects.toThrow("out of memory");
  expect(await make()).toHaveLength(32);
  expect(make()).toBe(make());
});
