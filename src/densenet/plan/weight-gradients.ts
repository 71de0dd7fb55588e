// Weight gradients that wait, in splits, to be summed into the arena: several weights in one pass, so that there are fewer
// passes, and fewer that write the arena and so wait for each other. What waits holds memory, and is bounded.

import { gradientReduce, REDUCED_AT_ONCE } from '../../shaders/gradient/reduce.ts';
import type { PlanBuilder } from './builder.ts';
import type { PartialGradients } from './convolution.ts';
import type { TrainingMemory } from './training-memory.ts';

/** Partial gradients that may wait at a time, and how many are summed at the next good place. */
const MOST_BYTES = 24 * 2 ** 20;
const SETTLED_BYTES = 16 * 2 ** 20;

export class WeightGradients {
  private waiting: PartialGradients[] = [];

  constructor(
    private readonly plan: PlanBuilder,
    private readonly memory: TrainingMemory,
  ) {}

  add(partial: PartialGradients): void {
    const bytes = [...this.waiting, partial].reduce((sum, { partials }) => sum + partials.bytes, 0);
    if (bytes > MOST_BYTES || this.waiting.length === REDUCED_AT_ONCE) this.sum();
    this.waiting.push(partial);
  }

  /**
   * Sums what waits if there is much of it. To be called behind a pass that takes long and writes no parameter's
   * gradient: the sum runs beside it then, where behind a norm's gradients it would wait for the arena.
   */
  settle(): void {
    const bytes = this.waiting.reduce((sum, { partials }) => sum + partials.bytes, 0);
    if (bytes > SETTLED_BYTES || this.waiting.length > REDUCED_AT_ONCE - 2) this.sum();
  }

  /** Records the pass that sums what waits. */
  sum(): void {
    const [first] = this.waiting;
    const { part, gradients } = this.memory;
    if (!first || !part || !gradients) return;
    const at = (k: number) => this.waiting[k]?.partials;
    this.plan.pass(
      gradientReduce,
      {
        weights: this.waiting.map(({ conv: { weight }, splitK }) => ({
          count: weight.count,
          splitK,
          offset: weight.offset - part.first,
        })),
        arena: part.floats,
      },
      {
        ...{
          partials0: at(0),
          partials1: at(1),
          partials2: at(2),
          partials3: at(3),
          partials4: at(4),
          partials5: at(5),
        },
        gradients,
        step: this.plan.step,
      },
      { label: first.conv.name },
    );
    this.waiting = [];
  }
}
