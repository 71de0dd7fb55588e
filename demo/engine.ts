// The engine as the page sees it: a client of its worker, and the calls that every view needs. A closed or broken engine
// fails every call; the page then makes a new one.

import type { JobClient, JobsOf } from '../src/jobs/define-job.ts';
import { openWorker } from '../src/jobs/worker-transport.ts';
import { DeviceLostError } from '../src/runtime/errors.ts';
import { openBoundWorker } from '../ui/bound-worker.ts';
import { assertFinite, type DemoNotice, type LoadedNetwork, type LoadRequest } from './contract.ts';
import type { demoJobs } from './worker/jobs.ts';
import type { Classified } from './worker/network.ts';
import script from './worker/worker.ts?worker&url';

export interface Ranked {
  readonly label: number;
  /** Softmax over all classes; where the network finds several at once, a sigmoid of its own. */
  readonly probability: number;
  /** Class activation map, row by row, in logits. */
  readonly map: Float32Array;
}

export interface Classification {
  /** Likeliest first. */
  readonly top: readonly Ranked[];
  readonly multiLabel: boolean;
  /** [classes] */
  readonly logits: Float32Array;
  readonly mapHeight: number;
  readonly mapWidth: number;
  readonly milliseconds: Classified['milliseconds'];
}

export class Engine {
  private readonly worker: ReturnType<typeof openWorker<DemoJobs, DemoNotice>>;
  private failure: Error | undefined;

  get client(): DemoClient {
    return this.worker.client;
  }

  /**
   * @param number of the engines of this page, from 1: the worker's name has it
   * @param onLost called once, when the GPU is lost or the worker dies; every call fails from then on
   */
  constructor(
    number: number,
    private readonly onLost: (reason: string) => void,
  ) {
    this.worker = openWorker<DemoJobs, DemoNotice>(
      openBoundWorker(script, `engine ${number}`),
      ({ reason }) => this.lose(reason),
      ({ message }) => this.lose(message),
    );
  }

  /**
   * Finds the GPU.
   * @param silence milliseconds that the worker and the GPU may each say nothing
   * @throws NoGpuError, DeviceLostError
   */
  async open(silence: number): Promise<void> {
    await this.worker.client.open(silence, 'open');
  }

  /**
   * @param weights a safetensors file; its bytes are handed over
   * @throws DataError, WeightsError for a file that is none; LimitError, NoGpuError, GpuError, DeviceLostError
   */
  load(request: LoadRequest, weights: Uint8Array): Promise<LoadedNetwork> {
    return this.client.run('load', { ...request, weights });
  }

  /**
   * @param network as `load` answered
   * @param pixels bytes [C][H][W] of its input
   * @throws `replaced` where another network is in use; an error of code 'not-finite' where the answer is no number
   */
  async classify(
    { id, temperature }: Pick<LoadedNetwork, 'id' | 'temperature'>,
    pixels: Uint8Array,
  ): Promise<Classification> {
    const answer = await this.client.run('classify', { network: id, pixels: pixels.slice() });
    const { top, multiLabel, maps, height, width, milliseconds } = answer;
    const logits = assertFinite(answer.logits);
    const scaled = logits.map((logit) => logit / temperature);
    const probabilities = multiLabel ? scaled.map((logit) => 1 / (1 + Math.exp(-logit))) : softmax(scaled);
    const area = height * width;
    const ranked = top.map((label, place) => ({
      label,
      probability: probabilities[label] ?? 0,
      map: maps.subarray(place * area, (place + 1) * area),
    }));
    return { top: ranked, multiLabel, logits, mapHeight: height, mapWidth: width, milliseconds };
  }

  /** Fails every call, under way and to come. */
  close(error: Error = new DeviceLostError('the engine was closed')): void {
    this.failure ??= error;
    this.worker.close(error);
  }

  /** @throws what it was lost or closed with */
  assertAlive(): void {
    if (this.failure) throw this.failure;
  }

  private lose(reason: string): void {
    if (this.failure) return;
    this.close(new DeviceLostError(reason));
    this.onLost(reason);
  }
}

function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

export type DemoJobs = JobsOf<ReturnType<typeof demoJobs>>;

/** The engine, for whoever asks it something. */
export type DemoClient = JobClient<DemoJobs>;
