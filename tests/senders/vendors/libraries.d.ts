// What the signers take of the vendors' libraries, so that types are checked where these are not installed.

declare module "@contentful/node-apps-toolkit" {
  export function signRequest(
    secret: string,
    request: { method: "POST"; path: string; headers: Record<string, string>; body: string },
    timestamp: number,
  ): Record<string, string>;
}

declare module "@hygraph/utils" {
  export function generateWebhookSignature(of: { rawPayload: string; environmentName: string; secret: string }): string;
}

declare module "@kontent-ai/webhook-helper" {
  export const signatureHelper: { getHashFromString(body: string, secret: string): string };
}

declare module "@octokit/webhooks-methods" {
  export function sign(secret: string, body: string): Promise<string>;
}

declare module "@sanity/webhook" {
  export function encodeSignatureHeader(body: string, timestamp: number, secret: string): Promise<string>;
}

declare module "svix" {
  export class Webhook {
    constructor(secret: string);
    sign(id: string, at: Date, body: string): string;
  }
}
