// A thread that decodes images: tasks come as messages, each is answered with its number. Pixels are handed over, not copied.

import { parentPort } from 'node:worker_threads';
import { type DecodeOutcome, type DecodeTask, decodeTask } from './decode-task.ts';

export type ToWorker = { readonly id: number; readonly task: DecodeTask };
export type FromWorker = { readonly id: number } & ({ readonly outcome: DecodeOutcome } | { readonly error: string });

parentPort?.on('message', async ({ id, task }: ToWorker) => {
  try {
    const outcome = await decodeTask(task);
    const answer: FromWorker = { id, outcome };
    parentPort?.postMessage(answer, outcome.kind === 'image' ? [outcome.image.pixels.buffer] : []);
  } catch (error) {
    const answer: FromWorker = { id, error: error instanceof Error ? error.message : String(error) };
    parentPort?.postMessage(answer);
  }
});
