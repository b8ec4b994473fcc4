import { expect, it } from "vitest";
import { refusedBuildHook } from "../../src/edge/outgoing/refusedBuildHook.ts";
import { refusedUrl } from "../../src/edge/outgoing/refusedUrl.ts";

const locally = (url: string) => refusedUrl(url, true);
const deployed = (url: string) => refusedUrl(url, false);

it("a loopback build hook needs no kind where loopback is allowed, and no kind allows it elsewhere", () => {
  for (const url of ["http://localhost:8888/demo/build_hooks/shop", "http://127.0.0.1:1/x", "http://[::1]:1/x"]) {
    expect(refusedBuildHook(locally, url, undefined)).toBeNull();
    expect(refusedBuildHook(deployed, url, "other")).not.toBeNull();
  }
  expect(refusedBuildHook(locally, "https://ci.example.com/x", undefined)).toContain("is at ci.example.com");
});

it("Netlify's build hooks are told by host and path, with a query or without", () => {
  const taken = ["", "?trigger_branch=main&clear_cache=true"].map(
    (query) => `https://api.netlify.com/build_hooks/5f${query}`,
  );
  for (const url of taken) expect(refusedBuildHook(deployed, url, undefined)).toBeNull();
  for (const url of [
    "https://api.netlify.com/build_hooks/",
    "https://api.netlify.com/build_hooks/5f/more",
    "https://api.netlify.com/v1/build_hooks/5f",
    "https://api.netlify.com.example.com/build_hooks/5f",
    "https://example.com/api.netlify.com/build_hooks/5f",
    "https://api.netlify.com:8443/build_hooks/5f",
  ]) {
    expect(refusedBuildHook(deployed, url, undefined)).toContain("must be a build hook of Netlify");
    expect(refusedBuildHook(deployed, url, "other")).toBeNull();
  }
});
