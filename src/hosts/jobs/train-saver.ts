// When a run's state is told of, and how it is made: copied on the GPU behind the last step, read and written to a file
// while the next steps run. One at a time.

import type { RunRecord } from '../../densenet/training/run-record.ts';
import { isComplete, stepOf } from '../../densenet/training/run-record.ts';
import type { Trainer } from '../../densenet/training/trainer.ts';
import { allFinite } from '../../densenet/training/trainer-state.ts';
import { writeTrainingState } from '../../densenet/training/training-state.ts';
import type { HostContext } from '../job.ts';
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
  take(run: RunRecord): void {
    this.last = { step: stepOf(run), at: this.context.now() };
    this.saving = this.save(run)
      .catch((error) => {
        this.failure = error;
      })
      .finally(() => {
        this.saving = undefined;
      });
  }

  /** The state's file. Undefined where it holds numbers that are not finite: the next loss will say so. */
  async file(run: RunRecord): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const state = await this.trainer.state();
    if (!allFinite(state)) return undefined;
    return writeTrainingState(this.trainer.model.network, state, { run, ...detailsOf(this.request, run) });
  }

  /** Waits for the one under way. @throws what made it fail */
  async settle(): Promise<void> {
    await this.saving;
    if (this.failure !== undefined) throw this.failure;
  }

  private async save(run: RunRecord): Promise<void> {
    const state = await this.file(run);
    if (!state) return;
    const event: TrainEvent = {
      ...{ kind: 'state', epoch: run.epochs.length, updates: run.tally.updates },
      ...{ step: stepOf(run), complete: isComplete(run) },
    };
    this.context.report(event, { state });
  }
}

const isPast = (every: SaveEvery, updates: number, seconds: number): boolean =>
  'updates' in every ? updates >= every.updates : seconds >= every.seconds;
