// The engine as the page sees it: typed calls into its worker. A closed or broken engine fails every call; the page
// then makes a new one.

import { openBoundWorker } from '../../src/hosts/bound-worker.ts';
import { attachment, type Message, message } from '../../src/hosts/message.ts';
import { openWorker, type WorkerSession } from '../../src/hosts/worker-session.ts';
import { type Classified, type LoadedNetwork, type LoadRequest, lostReason } from './protocol.ts';
import script from './worker.ts?worker&url';

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
  private readonly worker: ReturnType<typeof openWorker>;

  /** For the calls of an area of its own: see `AREA/AREA-calls.ts`. */
  get session(): WorkerSession {
    return this.worker.session;
  }

  constructor(onLost: (reason: string) => void) {
    this.worker = openWorker(openBoundWorker(script, 'engine'), (notice) => {
      const reason = lostReason(notice);
      if (reason !== undefined) onLost(reason);
    });
  }

  /** Finds the GPU. @throws NoGpuError */
  async open(): Promise<void> {
    await this.worker.session.run('open', message(null));
  }

  /**
   * @param weights a safetensors file; its bytes are handed over
   * @throws DataError, WeightsError for a file that is none; LimitError, NoGpuError, GpuError, DeviceLostError
   */
  async load(request: LoadRequest, weights: Uint8Array): Promise<LoadedNetwork> {
    const { head } = await this.worker.session.run('load', message(request, { checkpoint: weights }));
    return head as unknown as LoadedNetwork;
  }

  /** @param pixels bytes [C][H][W] of the loaded network's input */
  async classify(pixels: Uint8Array): Promise<Classification> {
    const result = await this.worker.session.run('classify', message(null, { pixels: pixels.slice() }));
    const { top, multiLabel, height, width, milliseconds } = result.head as unknown as Classified;
    const logits = floats(result, 'logits');
    const probabilities = multiLabel ? logits.map((logit) => 1 / (1 + Math.exp(-logit))) : softmax(logits);
    const maps = floats(result, 'maps');
    const area = height * width;
    const ranked = top.map((label, place) => ({
      label,
      probability: probabilities[label] ?? 0,
      map: maps.subarray(place * area, (place + 1) * area),
    }));
    return { top: ranked, multiLabel, logits, mapHeight: height, mapWidth: width, milliseconds };
  }

  close(): void {
    this.worker.close();
  }
}

function floats(from: Message, name: string): Float32Array<ArrayBuffer> {
  return new Float32Array(attachment(from, name).slice().buffer);
}

function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
