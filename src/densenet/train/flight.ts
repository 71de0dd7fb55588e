// Steps that are under way together. One that meets NaN or infinity changes nothing on the GPU, nor do those behind it; what
// it met first is their common failure.

import { type NonFinite, NotFiniteError } from '../../runtime/errors.ts';
import { NOTHING, VERDICT } from '../../shaders/parts/verdict.ts';
import type { DenseNet } from '../model.ts';
import { nonFiniteTensor } from '../not-finite.ts';
import type { TrainableRange } from '../plan/scope.ts';
import { tensorAt } from '../state-dict.ts';

/** A readback that is under way. */
export interface Landing {
  /**
   * Notes that its step has met what is not finite. Readbacks may arrive in another order than that of the calls (Firefox
   * does so at times), so this waits for those before it: the first of the calls that failed is the cause of all.
   * @returns the flight's common failure
   */
  fail(step: number, why: () => Promise<NotFiniteError>): Promise<NotFiniteError>;
  /** To be called when its caller is done with it, well or not. */
  done(): void;
}

export class Flight {
  /** The first step that failed, and why. */
  failure: { readonly step: number; readonly error: Promise<NotFiniteError> } | undefined;
  /** Settles when what was submitted last has been read, well or not. */
  last: Promise<unknown> = Promise.resolve();
  private underWay = 0;

  get failedAt(): number | undefined {
    return this.failure?.step;
  }

  get isEmpty(): boolean {
    return this.underWay === 0;
  }

  /** Counts a readback as under way, behind those that were added before it, until its `done` is called. */
  add(): Landing {
    this.underWay++;
    const earlier = this.last;
    let landed = () => {};
    const isDone = new Promise<void>((resolve) => {
      landed = resolve;
    });
    // Its value is nothing: what was read must not live as long as the flight.
    this.last = Promise.all([earlier, isDone]).then(() => undefined);
    return {
      fail: async (step, why) => {
        await earlier;
        this.failure ??= { step, error: why() };
        return this.failure.error;
      },
      done: () => {
        this.underWay--;
        landed();
      },
    };
  }
}

/** What a step has met that is not finite, by its verdict and, where that has only consequences, by the network. */
export async function notFiniteStep(
  model: DenseNet,
  part: TrainableRange,
  { step, loss, verdict }: { readonly step: number; readonly loss: number; readonly verdict: Uint32Array },
): Promise<NotFiniteError> {
  return new NotFiniteError(await whatWasMet(model, part, verdict), { step, loss });
}

async function whatWasMet(model: DenseNet, part: TrainableRange, verdict: Uint32Array): Promise<NonFinite> {
  const placeOf = (kind: keyof typeof VERDICT): number | undefined => {
    const place = verdict[VERDICT[kind]] ?? NOTHING;
    return place === NOTHING ? undefined : place;
  };
  const image = placeOf('image');
  if (image !== undefined) return { kind: 'image', image };
  // The last good state: finite, unless it was loaded as it is.
  const tensor = nonFiniteTensor(await model.stateDict());
  if (tensor) return tensor;
  const overflown = placeOf('loss');
  if (overflown !== undefined) return { kind: 'overflow', image: overflown };
  const running = placeOf('running');
  const nameOf = (arena: 'parameters' | 'running', place: number) =>
    tensorAt(model.network, arena, place) ?? `number ${place} of the ${arena}`;
  if (running !== undefined) return { kind: 'running', name: nameOf('running', running) };
  const gradient = placeOf('gradient');
  if (gradient !== undefined) return { kind: 'gradient', name: nameOf('parameters', part.first + gradient) };
  return { kind: 'update', name: nameOf('parameters', part.first + (placeOf('update') ?? 0)) };
}
