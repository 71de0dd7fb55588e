// What the Look inside view knows: the loaded network's parts, the place that is looked at, and the experiment with
// connections switched off. Asked of the worker when it is needed, and anew for another network, place or picture.

import { batch, type Signal, signal } from '@preact/signals';
import { isReplaced, type LoadedNetwork } from '../contract.ts';
import type { DemoClient } from '../engine.ts';
import type { InsideCopies, InsideNetwork, LayerInside, PassTimes } from '../worker/inside.ts';
import type { Place } from '../worker/inside-layer.ts';
import { Ablation, type InsideOwner } from './ablation.ts';

export interface Seen {
  readonly at: Place;
  /** Of the picture that the feature maps are of. */
  readonly pixels: Uint8Array;
  readonly layer: LayerInside;
}

/** Batches whose copies can be looked at. */
export const BATCHES = [1, 8, 32, 64, 256] as const;

export class Inside {
  readonly network: Signal<InsideNetwork | undefined> = signal();
  readonly copies: Signal<InsideCopies | undefined> = signal();
  readonly seen: Signal<Seen | undefined> = signal();
  /** Of the layer that is seen. */
  readonly times: Signal<PassTimes | undefined> = signal();
  readonly ablation: Ablation;
  /** Whose insides all of this is. */
  private of: LoadedNetwork | undefined;
  private pixels: Uint8Array | undefined;
  private turn = 0;

  constructor(private readonly owner: InsideOwner) {
    this.ablation = new Ablation(owner);
  }

  /** What is known of this network. */
  networkOf(loaded: LoadedNetwork | undefined): InsideNetwork | undefined {
    const network = this.network.value;
    return this.of === loaded ? network : undefined;
  }

  /** Looks into a network; what was known of another is forgotten. */
  async open(loaded: LoadedNetwork): Promise<void> {
    if (this.of === loaded) return;
    this.of = loaded;
    this.turn++;
    const { batch: images = 32 } = this.copies.peek() ?? {};
    batch(() => {
      for (const known of [this.network, this.copies, this.seen, this.times]) known.value = undefined;
    });
    this.ablation.forget(loaded);
    await this.ask(async (client) => {
      const [network, copies] = await Promise.all([
        client.run('inside-network', { network: loaded.id }),
        client.run('inside-copies', { network: loaded.id, batch: images }),
      ]);
      if (this.of !== loaded) return;
      batch(() => {
        this.network.value = network;
        this.copies.value = copies;
      });
    });
  }

  async copiesOf(images: number): Promise<void> {
    const { of } = this;
    if (!of) return;
    await this.ask(async (client) => {
      const copies = await client.run('inside-copies', { network: of.id, batch: images });
      if (this.of === of) this.copies.value = copies;
    });
  }

  /** Looks at one place for one picture; of several in a row the last one stays. */
  async look(at: Place, pixels: Uint8Array): Promise<void> {
    const { of } = this;
    if (!of || pixels.length !== of.channels * of.height * of.width) return;
    if (pixels !== this.pixels) this.ablation.pictureChanged();
    this.pixels = pixels;
    const turn = ++this.turn;
    await this.ask(async (client) => {
      const layer = await client.run('inside-layer', { network: of.id, ...at, pixels: pixels.slice() });
      if (turn !== this.turn) return;
      const known = samePlace(this.seen.peek()?.at, at) ? this.times.peek() : undefined;
      batch(() => {
        this.seen.value = { at, pixels, layer };
        this.times.value = known;
      });
      if (known) return;
      const times = await client.run('inside-times', { network: of.id, ...at });
      if (turn === this.turn) this.times.value = times;
    });
  }

  /** A call into the engine; one that was replaced meanwhile has nothing to say any more. */
  private async ask(call: (client: DemoClient) => Promise<void>): Promise<void> {
    const { engine } = this.owner;
    try {
      await call(engine.client);
    } catch (error) {
      // Of another network, which is in use by now, this view is told next.
      if (isReplaced(error)) return;
      this.of = undefined;
      if (engine === this.owner.engine) this.owner.fail(error);
    }
  }
}

const samePlace = (a: Place | undefined, b: Place): boolean => a?.block === b.block && a.place === b.place;
