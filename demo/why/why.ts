// The state of the Why panel: what is asked, how far it is, and what was found last. A class activation map is what the
// prediction left behind and costs nothing; everything else is asked of the worker.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ExplainMethod, ExplainRequest } from '../../src/densenet/explain/methods.ts';
import type { Picture } from '../classify/picture.ts';
import type { Shown, UsedNetwork } from '../classify/stage.ts';
import { isReplaced } from '../contract.ts';
import type { DemoClient } from '../engine.ts';
import { type PageError, pageError } from '../errors/page-error.ts';
import type { Text } from '../text/en.ts';
import type { WhyAnswer } from '../worker/why.ts';

type Why = Omit<Extract<WhyAnswer, { kind: 'found' }>, 'file'> & {
  /** safetensors; undefined where no job made the map. */
  readonly file: Uint8Array<ArrayBuffer> | undefined;
};

/** A map, and what of it explains. */
export interface Explained extends Why {
  readonly method: ExplainMethod;
  readonly target: string;
  readonly label: number;
  readonly picture: Picture;
  readonly network: UsedNetwork;
}

export type WhyState =
  | { readonly kind: 'idle' | 'cancelled' | 'preempted' }
  | { readonly kind: 'running'; readonly done: number; readonly total: number }
  | { readonly kind: 'failed'; readonly error: PageError };

/** What the panel needs of the page. */
export interface WhyOwner {
  readonly engine: { readonly client: DemoClient };
  readonly shown: ReadonlySignal<Shown | undefined>;
}

export const SAMPLES = { least: 1, most: 200, standard: 25 } as const;
export const STEPS = { least: 2, most: 300, standard: 50 } as const;

export class WhyPanelState {
  readonly method: Signal<ExplainMethod> = signal('grad-cam');
  /** Of Grad-CAM; empty: the last block. */
  readonly target = signal('');
  readonly samples: Signal<number> = signal(SAMPLES.standard);
  readonly steps: Signal<number> = signal(STEPS.standard);
  readonly state: Signal<WhyState> = signal({ kind: 'idle' });
  /** What `state` is of. */
  private asked: Shown | undefined;
  readonly found: Signal<Explained | undefined> = signal();
  private abort = new AbortController();

  constructor(private readonly owner: WhyOwner) {}

  /** What was found, where it still explains what is shown. */
  get current(): Explained | undefined {
    const found = this.found.value;
    const shown = this.owner.shown.value;
    const same = found && found.picture === shown?.picture && found.network === shown?.network;
    return same && found.label === labelOf(shown) ? found : undefined;
  }

  /** How it went with what is shown now; of another picture, network or class only that it is still under way. */
  get stateNow(): WhyState {
    const state = this.state.value;
    const shown = this.owner.shown.value;
    const same = this.asked?.picture === shown?.picture && this.asked?.network === shown?.network;
    return state.kind === 'running' || (same && this.asked?.chosen === shown?.chosen) ? state : { kind: 'idle' };
  }

  cancel(): void {
    this.abort.abort();
  }

  /** Explains the chosen class of the picture that is shown. */
  async explain(): Promise<void> {
    const shown = this.owner.shown.peek();
    const network = shown?.network;
    const label = labelOf(shown);
    if (!network || !shown || label === undefined || this.state.peek().kind === 'running') return;
    this.asked = shown;
    const method = this.method.peek();
    const blocks = network.loaded.layers.length;
    const chosen = this.target.peek();
    const target = targetsOf(blocks).includes(chosen) ? chosen : `denseblock${blocks}`;
    const asked = { method, target, label, picture: shown.picture, network };
    if (method === 'cam') {
      this.found.value = { ...asked, ...left(shown) };
      this.state.value = { kind: 'idle' };
      return;
    }
    this.abort = new AbortController();
    this.state.value = { kind: 'running', done: 0, total: 0 };
    try {
      const { id, preprocessing } = network.loaded;
      const { mean, std } = preprocessing;
      const question = {
        network: id,
        request: this.request(target, label),
        normalisation: { mean, std },
        pixels: shown.picture.pixels.slice(),
      };
      const why = await this.owner.engine.client.run('why', question, {
        onEvent: ({ done, total }) => {
          this.state.value = { kind: 'running', done, total };
        },
        signal: this.abort.signal,
      });
      if (why.kind !== 'found') {
        this.state.value = { kind: why.kind };
        return;
      }
      this.found.value = { ...asked, ...why };
      this.state.value = { kind: 'idle' };
    } catch (error) {
      this.state.value = isReplaced(error) ? { kind: 'preempted' } : { kind: 'failed', error: pageError(error) };
    }
  }

  private request(target: string, label: number): ExplainRequest {
    const method = this.method.peek();
    if (method === 'grad-cam') return { method, label, target };
    if (method === 'smooth-grad') return { method, label, samples: this.samples.peek() };
    if (method === 'integrated-gradients') return { method, label, steps: this.steps.peek() };
    return { method, label };
  }
}

const labelOf = (shown: Shown | undefined): number | undefined => shown?.result?.top[shown.chosen]?.label;

/** The class activation map that the prediction left behind. */
function left({ result, chosen }: Shown): Why {
  const ranked = result?.top[chosen];
  if (!result || !ranked) throw new Error('there is no prediction');
  return {
    kind: 'found',
    height: result.mapHeight,
    width: result.mapWidth,
    signed: true,
    completeness: null,
    milliseconds: result.milliseconds.maps,
    map: ranked.map.slice(),
    file: undefined,
  };
}

// Whose output Grad-CAM explains, in words.

/** Every place of a network of so many blocks, in the order of forward. */
export function targetsOf(blocks: number): readonly string[] {
  const numbers = Array.from({ length: blocks }, (_, b) => b + 1);
  return [...numbers.flatMap((b) => [`denseblock${b}`, ...(b < blocks ? [`transition${b}`] : [])]), 'norm5'];
}

export function targetTitle(target: string, strings: Text['why']): string {
  const number = Number(/\d+$/.exec(target)?.[0]);
  if (target.startsWith('denseblock')) return strings.denseBlock(number);
  return target.startsWith('transition') ? strings.transition(number) : strings.lastNorm;
}
