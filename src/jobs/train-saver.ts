// When a run's state is told of, and how it is made: copied on the GPU behind the last step, read and written to a file
// while the next steps run. One at a time. A state that is not finite is an error, never left out in silence.

import type { RunMetadata } from '../densenet/train/run-metadata.ts';
import { isComplete, stepOf } from '../densenet/train/run-metadata.ts';
import type { Trainer } from '../densenet/train/trainer.ts';
import { undigestedTrainingState } from '../densenet/train/training-state.ts';
import { DenseNetError, StateError } from '../runtime/errors.ts';
import { digested } from './fingerprint.ts';
import type { HostContext } from './job.ts';
import { detailsOf } from './train-details.ts';
import type { SaveEvery, TrainEvent, TrainRequest } from './train-messages.ts';

export class StateSaver {
  private last: { readonly step: number; readonly at: number };
  private saving: Promise<void> | undefined;
  private failure: unknown;

  constructor(
    private readonly request: TrainRequest,
    private readonly trainer: Trainer,
    private readonly context: HostContext,
  ) {
    this.last = { step: trainer.stepCount, at: context.now() };
  }

  /** @throws GpuError where there is no memory for copies of the state */
  async prepare(): Promise<void> {
    if (this.request.saveEvery) await this.trainer.prepareState();
  }

  /** Whether it is time for another, after so many steps. */
  due(step: number): boolean {
    const { saveEvery } = this.request;
    if (this.failure !== undefined) throw this.failure;
    if (!saveEvery || this.saving || step === this.last.step) return false;
    return isPast(saveEvery, step - this.last.step, (this.context.now() - this.last.at) / 1000);
  }

  /** Takes the state now, when every step that was submitted has been counted in `run`; it is told when it is there. */
  take(run: RunMetadata): void {
    this.last = { step: stepOf(run), at: this.context.now() };
    this.saving = this.save(run)
      .catch((error) => {
        this.failure = error;
      })
      .finally(() => {
        this.saving = undefined;
      });
  }

  /** The state's file. @throws DenseNetError `not-finite` naming the tensor; GpuError, DeviceLostError */
  async file(run: RunMetadata): Promise<Uint8Array<ArrayBuffer>> {
    const { network } = this.trainer.model;
    const state = await this.trainer.state();
    const details = await detailsOf(this.request, run);
    return digested(finite(state.steps, () => undigestedTrainingState(network, state, { run, ...details })));
  }

  /**
   * Tells the state of a run that came to a step whose numbers are not finite: the trainer holds those from before it, also
   * behind steps that were submitted after. Where they are no state, tells why.
   */
  async takeLastGood(run: RunMetadata): Promise<void> {
    this.failure = undefined;
    try {
      await this.save(run);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const event: TrainEvent = { kind: 'unsaved', step: stepOf(run), why };
      this.context.report(event);
    }
  }

  /** Waits for the one under way. @throws what made it fail */
  async settle(): Promise<void> {
    await this.saving;
    if (this.failure !== undefined) throw this.failure;
  }

  private async save(run: RunMetadata): Promise<void> {
    const state = await this.file(run);
    const event: TrainEvent = {
      ...{ kind: 'state', epoch: run.epochs.length, updates: run.runningMetrics.updates },
      ...{ step: stepOf(run), complete: isComplete(run) },
    };
    this.context.report(event, { state });
  }
}

/** What `write` returns; where it throws for a tensor that is not finite, that is what training has come to. */
export function finite<T>(steps: number, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    const what = `after ${steps} updates ${error.message}: nothing is written; lower the learning rate or clip the gradients`;
    throw new DenseNetError('not-finite', what, { cause: error });
  }
}

const isPast = (every: SaveEvery, updates: number, seconds: number): boolean =>
  'updates' in every ? updates >= every.updates : seconds >= every.seconds;
