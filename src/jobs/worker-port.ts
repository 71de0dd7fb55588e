// What a page and its worker say to each other: a job to run, its events, its result or its error. Messages are
// structured clones; bytes that a message owns whole are handed over and not copied, so a sender must not use them after.

import type { JsonValue, Message } from './message.ts';
import type { WireError } from './wire-error.ts';

/** One end of a channel: a worker's global scope, a `Worker`, a `MessagePort`. */
export interface Port<Out, In> {
  send(message: Out, transfer: ArrayBuffer[]): void;
  listen(listener: (message: In) => void): void;
}

export type ToWorker =
  | ({ readonly kind: 'run'; readonly id: number; readonly job: string } & Content)
  | { readonly kind: 'abort'; readonly id: number };

export type FromWorker =
  | ({ readonly kind: 'event' | 'done'; readonly id: number } & Content)
  | { readonly kind: 'failed'; readonly id: number; readonly error: WireError }
  /** The worker's script runs: its first message. */
  | { readonly kind: 'ready' }
  /** Belongs to no job. */
  | { readonly kind: 'notice'; readonly head: JsonValue };

export interface Content {
  readonly head: JsonValue;
  readonly attachments: ReadonlyMap<string, Uint8Array>;
}

/** The content of a message and the buffers that go with it. A view of something larger is copied out first. */
export function packContent({ head, attachments }: Message): { content: Content; transfer: ArrayBuffer[] } {
  const transfer: ArrayBuffer[] = [];
  const packed = new Map<string, Uint8Array>();
  for (const [name, bytes] of attachments) {
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    packed.set(name, own);
    if (own.buffer instanceof ArrayBuffer && !transfer.includes(own.buffer)) transfer.push(own.buffer);
  }
  return { content: { head, attachments: packed }, transfer };
}
