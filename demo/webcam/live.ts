// Live classification: the newest picture of a playing video, one after another, as fast as the network is. A picture that
// comes while one is under way is not waited for: the next one taken is the newest then.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { InputSize } from '../../src/data/preprocess.ts';
import type { Picture } from '../classify/picture.ts';
import type { UsedNetwork } from '../classify/stage.ts';
import { isReplaced } from '../contract.ts';
import type { DemoClient } from '../engine.ts';
import { inputOf, swapsLightBorder } from '../images/network-input.ts';
import { prepareFrame } from '../images/read-files.ts';
import { FrameGrabber, nextFrame } from './frames.ts';

export interface LiveOwner {
  readonly engine: { readonly client: DemoClient };
  readonly network: ReadonlySignal<UsedNetwork | undefined>;
  /** Classifies and shows; of a class that was chosen before, the map. */
  showLive(network: UsedNetwork, picture: Picture): Promise<void>;
  fail(error: unknown): void;
}

export class Live {
  /** Pictures classified a second, over the last ones; undefined while it does not run. */
  readonly rate: Signal<number | undefined> = signal();
  private readonly grabber = new FrameGrabber();
  private abort: AbortController | undefined;
  private last: { readonly picture: Picture; readonly frame: ImageData } | undefined;

  constructor(private readonly owner: LiveOwner) {}

  /** Runs until `stop`, or until the engine fails. */
  async run(video: HTMLVideoElement): Promise<void> {
    this.stop();
    const abort = new AbortController();
    this.abort = abort;
    let before = performance.now();
    let mean: number | undefined;
    let of = this.owner.network.peek();
    try {
      while (!abort.signal.aborted) {
        await nextFrame(video, abort.signal);
        const done = await this.classify(video);
        const now = performance.now();
        if (of !== this.owner.network.peek()) {
          // Another network, another rate.
          of = this.owner.network.peek();
          mean = undefined;
          before = now;
          this.rate.value = undefined;
          continue;
        }
        if (!done) continue;
        mean = mean === undefined ? now - before : 0.8 * mean + 0.2 * (now - before);
        before = now;
        if (!abort.signal.aborted) this.rate.value = 1000 / mean;
      }
    } catch (error) {
      if (!abort.signal.aborted) this.owner.fail(error);
    } finally {
      if (this.abort === abort) this.rate.value = undefined;
    }
  }

  stop(): void {
    this.abort?.abort();
    this.abort = undefined;
    this.rate.value = undefined;
  }

  /** The picture that was classified last, to be kept: as it is, with its pixels for people. */
  async keep(): Promise<Picture | undefined> {
    return this.last && { ...this.last.picture, original: await createImageBitmap(this.last.frame) };
  }

  /** @returns whether there was a picture and a network to classify it */
  private async classify(video: HTMLVideoElement): Promise<boolean> {
    const network = this.owner.network.peek();
    if (!network) return false;
    try {
      return await this.classifyWith(network, video);
    } catch (error) {
      // Another network came between.
      if (isReplaced(error) || this.owner.network.peek() !== network) return false;
      throw error;
    }
  }

  private async classifyWith(network: UsedNetwork, video: HTMLVideoElement): Promise<boolean> {
    const input = uncropped(inputOf(network.loaded));
    const frame = this.grabber.pixels(video, input);
    if (!frame) return false;
    // The worker is handed the pixels; these stay, should the picture be kept.
    const sent = new ImageData(new Uint8ClampedArray(frame.data), frame.width, frame.height);
    const swapLightBorder = swapsLightBorder(network.loaded);
    const { pixels, swapped } = await prepareFrame(this.owner.engine.client, sent, { input, swapLightBorder });
    if (this.owner.network.peek() !== network) return false;
    const { channels, height, width } = input;
    const picture: Picture = {
      name: '',
      sample: undefined,
      live: true,
      pixels,
      channels,
      height,
      width,
      input,
      truth: undefined,
      original: undefined,
      inverted: swapped,
    };
    await this.owner.showLive(network, picture);
    this.last = { picture, frame };
    return true;
  }
}

/** Of a live picture the network sees all that is shown: no border is cut off. */
function uncropped(input: InputSize): InputSize {
  const { resize, fit, ...whole } = input;
  return whole;
}
