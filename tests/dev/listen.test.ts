import { createServer } from "node:http";
import { networkInterfaces } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { type Listening, listen, PortError } from "../../src/dev/listen.ts";

const answer = (text: string) => (_: unknown, response: { end(text: string): void }) => response.end(text);
const closing = (listening: Listening): Listening => {
  onTestFinished(() => listening.close());
  return listening;
};
const ask = async (host: string, port: number): Promise<string> => (await fetch(`http://${host}:${port}/`)).text();

test("a free port that was asked for is taken, on every address that localhost means", async () => {
  const free = closing(await listen(answer("first"), "0"));
  expect(await ask("127.0.0.1", free.port)).toBe("first");
  expect(await ask("localhost", free.port)).toBe("first");
  const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));
  if (hasIpv6) expect(await ask("[::1]", free.port)).toBe("first");
});

test("a taken port that was asked for is an error that names it", async () => {
  const { port } = closing(await listen(answer("first"), "0"));
  await expect(listen(answer("second"), String(port))).rejects.toThrow(PortError);
  await expect(listen(answer("second"), String(port))).rejects.toThrow(`Port ${port} is in use`);
  expect(await ask("localhost", port)).toBe("first");
});

test("a server without a chosen port takes the next free one", async () => {
  const { port } = closing(await listen(answer("first"), "0"));
  const second = closing(await listen(answer("second"), undefined, port));
  expect(second.port).toBeGreaterThan(port);
  expect(await ask("localhost", second.port)).toBe("second");
});

test("a port that somebody has on all addresses counts as taken", async () => {
  const other = createServer(answer("other"));
  await new Promise<void>((resolve) => other.listen(0, "0.0.0.0", resolve));
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(listen(answer("mine"), String(port))).rejects.toThrow(PortError);
});

test.each(["web", "70000", "-1", "80.5"])("a server given PORT=%s refuses it in words", async (port) => {
  await expect(listen(answer(""), port)).rejects.toThrow(`PORT=${port} is not a port number`);
});
