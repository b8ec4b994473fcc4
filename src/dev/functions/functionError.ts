/** `threw`: an unhandled exception; `crashed`: the instance died; `timeout`: it was stopped; `closed`: shutdown. */
export class FunctionError extends Error {
  override readonly name = "FunctionError";
  readonly reason: "threw" | "crashed" | "timeout" | "closed";

  constructor(reason: FunctionError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}
