// What a host can be asked to do. A job gets a message and answers with one; everything outside the GPU's reach
// (clock, cancelling, telling how far it is) comes in its context, so a job knows neither DOM nor Node.
import type { JsonValue, Message } from './message.ts';

export type HostName = 'chromium' | 'node' | 'deno' | 'browser';

export interface HostContext {
  readonly gpu: GPU;
  readonly host: HostName;
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** Tells the caller how far the job is. Events arrive in order, and all of them before the result. */
  report(event: JsonValue, attachments?: Readonly<Record<string, Uint8Array>>): void;
  /** Aborted when the caller no longer wants the result. A job may end early then, with a result or by throwing. */
  readonly signal: AbortSignal;
}

export type Job = (input: Message, context: HostContext) => Promise<Message>;

/** Jobs by the name that `Session.run` is given. */
export type Jobs = Readonly<Record<string, Job>>;
