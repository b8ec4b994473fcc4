import type { Fact } from "../../src/app/deps.ts";
import { StoreUnavailable } from "../../src/store/store.ts";
import { current } from "./currentLive.ts";
import { type Door, doorOf } from "./functionDoors.ts";
import { type FuzzWorld, PUBLIC_URL, tokens } from "./fuzzWorld.ts";
import { brokenLaw, type Happened, isHandshake } from "./laws.ts";
import { type Description, operationOf } from "./operations.ts";
import { jsonOf, type RequestPlan, requestOf } from "./plan.ts";
import { Standing } from "./standing.ts";
import { jobAnswer, type Step } from "./steps.ts";
import { type Faults, SOUND } from "./watchedStore.ts";
import { pieceText } from "./wild/piece.ts";

/** How often what was answered, over all sequences. */
export type Tally = Map<string, number>;

/** A law that was broken, in words. */
export class Broken extends Error {
  override name = "Broken";
}

const wakePlan = (id: string): RequestPlan => ({
  method: "POST",
  prefix: "/internal/run-sync",
  segments: [],
  query: [],
  headers: [],
  who: null,
  body: { wake: { text: id }, age: 0, spoiled: "no" },
  arrival: "whole",
});

/** One world, to which one thing after another happens, and which is judged after each. */
export class FuzzRun {
  readonly #standing = new Standing();
  readonly #marks = new Map<string, number>();
  readonly world: FuzzWorld;
  readonly #doors: readonly Door[];
  readonly #description: Description;
  readonly #tally: Tally;

  constructor(world: FuzzWorld, doors: readonly Door[], description: Description, tally: Tally) {
    this.world = world;
    this.#doors = doors;
    this.#description = description;
    this.#tally = tally;
  }

  /** Throws `Broken` if a law was. */
  async step(step: Step): Promise<void> {
    const { world } = this;
    await this.#standing.look(world);
    const lookUp = this.#standing.lookUp(world);
    switch (step.kind) {
      case "time":
        world.now += step.ms;
        return;
      case "schedule":
        for (const door of this.#doors.filter(({ paths }) => paths.length === 0)) {
          const request = new Request(`${PUBLIC_URL}/.netlify/functions/${door.name}`, {
            method: "POST",
            body: pieceText(step.body, lookUp),
          });
          await this.#ask(door, request, step.faults);
        }
        return;
      case "work": {
        const target = world.wakes.shift();
        if (target?.kind !== "layer") return;
        world.now += 1500;
        world.answers = step.answers.map((plan) => jobAnswer(plan, (piece) => pieceText(piece, lookUp)));
        await this.#send(wakePlan(target.id), SOUND);
        world.answers = [];
        return;
      }
      case "request":
        for (let left = step.again; left >= 0; left -= 1) await this.#send(step.plan, step.faults);
    }
  }

  async #send(plan: RequestPlan, faults: Faults): Promise<void> {
    const lookUp = this.#standing.lookUp(this.world);
    const request = requestOf(plan, lookUp, this.world.now);
    if (request === null) return;
    const door = doorOf(this.#doors, new URL(request.url).pathname);
    if (door === null) this.#count("no function");
    else await this.#ask(door, request, faults, jsonOf(plan, lookUp, this.world.now));
  }

  async #ask(door: Door, request: Request, faults: Faults, json: string | null = null): Promise<void> {
    const { world } = this;
    const standing = this.#standing;
    await standing.look(world);
    const before = standing.texts;
    const began = world.now;
    const documentsBefore = standing.documents;
    world.store.calls = [];
    world.store.failed = 0;
    world.store.faults = faults;
    world.facts = [];
    const { pathname, searchParams: query } = new URL(request.url);
    const { method } = request;
    const authorization = request.headers.get("authorization") ?? "";
    const sent = [...request.headers.values()].join("\n");
    const { answer, thrown } = await this.#answered(door, request);
    world.store.faults = SOUND;
    await standing.look(world);
    const happened: Happened = {
      door: door.name,
      background: door.background,
      method,
      pathname,
      query,
      authorization,
      sent,
      json,
      operation: door.name === "api" ? operationOf(this.#description.operations, method, pathname) : null,
      answer,
      thrown,
      calls: world.store.calls,
      storeFailed: world.store.failed > 0,
      facts: world.facts,
      before,
      after: standing.texts,
      began,
      now: world.now,
    };
    const { operation } = happened;
    if (isHandshake(happened)) this.#count("handshake");
    const what = operation === null ? door.name : `${operation.method} ${operation.path}`;
    this.#count(`${what} → ${answer?.status ?? "done"}`);
    const broken = brokenLaw(happened, {
      description: this.#description,
      standing,
      documentsBefore,
      sealed: world.sealed,
      callbacks: world.callbacks,
      marks: this.#marks,
    });
    if (broken !== null) throw new Broken(broken);
    if (!happened.storeFailed) await this.#answeredIdIsFound(happened);
  }

  async #answered(door: Door, request: Request): Promise<Pick<Happened, "answer" | "thrown">> {
    const { world } = this;
    current.live = world.live;
    const thrown: unknown[] = [];
    let answer: Happened["answer"] = null;
    try {
      const response = await door.answer(request);
      if (response !== undefined) {
        answer = { status: response.status, headers: response.headers, text: await this.#textOf(response) };
      }
    } catch (error) {
      thrown.push(error);
    }
    for (const settled of await Promise.allSettled(world.after.splice(0))) {
      if (settled.status === "rejected") thrown.push(settled.reason);
    }
    // A rejection that nobody looks at is told a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    return { answer, thrown };
  }

  /** A list that is sent while it is read breaks off when the store does: a part must not be taken for the whole. */
  async #textOf(response: Response): Promise<string> {
    const streamed = response.headers.get("content-type")?.startsWith("application/x-ndjson") === true;
    try {
      return await response.text();
    } catch (error) {
      if (!streamed || !(error instanceof StoreUnavailable) || this.world.store.failed === 0) throw error;
      this.#count("broken off with the store");
      return "";
    }
  }

  /** Every id ever answered to a publish or an asking by hand is found at once. */
  async #answeredIdIsFound(happened: Happened): Promise<void> {
    const { door, method, answer, operation } = happened;
    const publishes = door === "publish" && method === "POST" && answer?.status === 200 && !isHandshake(happened);
    const asks =
      method === "POST" && operation?.path === "/api/v1/data-layers/{layerId}/syncs" && answer?.status === 202;
    if (!publishes && !asks) return;
    const { dataLayerId, syncId, outcome } = JSON.parse(answer.text);
    if (outcome === "ignored") return;
    const found = await this.ask("GET", `/api/v1/data-layers/${dataLayerId}/syncs/${syncId}`);
    if (found.status !== 200) throw new Broken(`the sync ${syncId} was answered and is not found: ${found.text}`);
  }

  /** A sound request of the Owner; what comes of it. */
  async ask(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    const request = new Request(`${PUBLIC_URL}${path}`, {
      method,
      headers: { authorization: `Bearer ${tokens.Owner}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const door = doorOf(this.#doors, new URL(request.url).pathname);
    if (door === null) throw new Error(`no function answers at ${path}`);
    const { answer, thrown } = await this.#answered(door, request);
    if (answer === null) throw new Broken(`${method} ${path} was not answered: ${String(thrown[0])}`);
    return answer;
  }

  /** Whoever comes after all this, and asks soundly, is served. */
  async stillServes(): Promise<void> {
    this.world.facts = [];
    // Lists go by the time of making: it is to be the newest.
    this.world.now += 1000;
    const made = await this.ask("POST", "/api/v1/data-layers", { name: "After all this" });
    if (made.status !== 201) throw new Broken(`a sound layer is refused: ${made.text}`);
    const { id } = JSON.parse(made.text);
    const published = await this.ask("POST", `/hooks/data_layer/data_source/publish/${id}`, {});
    if (published.status !== 200) throw new Broken(`a sound delivery is refused: ${published.text}`);
    const listed = await this.ask("GET", "/api/v1/data-layers?limit=1");
    if (listed.status !== 200 || !listed.text.includes(id)) throw new Broken(`the list is wrong: ${listed.text}`);
    const facts: Fact[] = this.world.facts.filter(({ kind }) => kind === "trouble");
    if (facts.length > 0) throw new Broken(`trouble afterwards: ${JSON.stringify(facts)}`);
  }

  #count(what: string): void {
    this.#tally.set(what, (this.#tally.get(what) ?? 0) + 1);
  }
}
