// Threads that decode images: as many tasks are under way as keep them busy, and no more, so that memory stays bounded. From
// sources (under a test), or where the worker's file is not there, this thread decodes: slower, the same pixels.

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DenseNetError } from '../runtime/errors.ts';
import { loadSharp } from './decode-image.ts';
import { type DecodeOutcome, type DecodeTask, decodeTask } from './decode-task.ts';
import type { FromWorker, ToWorker } from './decode-worker.ts';

export interface DecodePoolOptions {
  /** Threads; 0: this one. Left out: one per processor, at most 16. */
  readonly threads?: number | undefined;
  /** The worker's built file; left out: `decode-worker.js` beside the bundle that this is part of. */
  readonly workerFile?: string | undefined;
}

/** Tasks per thread: while one is resized, the next is decoded by sharp's own threads. */
const PER_THREAD = 2;
const MOST_THREADS = 16;

interface Pending {
  readonly worker: number;
  readonly resolve: (outcome: DecodeOutcome) => void;
  readonly reject: (error: unknown) => void;
}

export class DecodePool {
  /** How many tasks should be under way at once. */
  readonly width: number;
  private readonly workers: Worker[] = [];
  private readonly pending = new Map<number, Pending>();
  private next = 0;

  private constructor(workerFile: string | undefined, threads: number) {
    this.width = PER_THREAD * Math.max(1, threads);
    if (workerFile === undefined) return;
    for (let index = 0; index < threads; index++) {
      const worker = new Worker(workerFile);
      worker.on('message', (answer: FromWorker) => this.answer(answer));
      worker.on('error', (error) => this.fail(index, error));
      worker.on('exit', () => this.fail(index, new Error('it ended')));
      worker.unref();
      this.workers.push(worker);
    }
  }

  /** @throws DenseNetError where sharp is not installed */
  static async open({ threads, workerFile }: DecodePoolOptions = {}): Promise<DecodePool> {
    await loadSharp();
    const file = workerFile ?? builtWorker();
    const count = threads ?? (file === undefined ? 0 : Math.min(MOST_THREADS, availableParallelism()));
    return new DecodePool(count === 0 ? undefined : file, count);
  }

  get threads(): number {
    return this.workers.length;
  }

  /** @throws DenseNetError where a thread ended, or what was asked cannot be */
  run(task: DecodeTask): Promise<DecodeOutcome> {
    if (this.workers.length === 0) return decodeTask(task);
    const id = this.next++;
    const index = this.idlest();
    return new Promise((resolve, reject) => {
      this.pending.set(id, { worker: index, resolve, reject });
      const message: ToWorker = { id, task };
      this.workers[index]?.postMessage(message);
      // A thread keeps this process alive only while it has work.
      this.workers[index]?.ref();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.removeAllListeners('exit').terminate()));
  }

  private idlest(): number {
    const load = new Array<number>(this.workers.length).fill(0);
    for (const { worker } of this.pending.values()) load[worker] = (load[worker] ?? 0) + 1;
    return load.indexOf(Math.min(...load));
  }

  private answer(answer: FromWorker): void {
    const waiting = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    if (waiting && ![...this.pending.values()].some(({ worker }) => worker === waiting.worker)) {
      this.workers[waiting.worker]?.unref();
    }
    if ('outcome' in answer) waiting?.resolve(answer.outcome);
    else waiting?.reject(new DenseNetError('config', answer.error));
  }

  private fail(index: number, cause: unknown): void {
    for (const [id, { worker, reject }] of this.pending) {
      if (worker !== index) continue;
      this.pending.delete(id);
      const why = cause instanceof Error ? cause.message : String(cause);
      reject(
        new DenseNetError('storage', `a thread that decodes images ended (${why}); decode with fewer threads`, {
          cause,
        }),
      );
    }
  }
}

/** The worker beside the bundle (dist/cli.js, dist/node.js); sources have none, since theirs may be of another state. */
function builtWorker(): string | undefined {
  const own = fileURLToPath(import.meta.url);
  const file = join(dirname(own), 'decode-worker.js');
  return !own.endsWith('.ts') && existsSync(file) ? file : undefined;
}
