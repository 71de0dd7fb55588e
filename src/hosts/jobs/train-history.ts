// What a checkpoint says of how it came to be, and a report of the run. No times: the same training gives the same file.

import { isComplete, type RunRecord, stepOf } from '../../densenet/training/run-record.ts';
import type { TrainReport } from './train-messages.ts';

export const reportOf = (run: RunRecord): TrainReport => ({
  ...{ updates: stepOf(run), interrupted: !isComplete(run), seconds: run.seconds },
  heldOut: run.epochs.at(-1)?.heldOut ?? null,
});

export function historyOf(run: RunRecord): Readonly<Record<string, unknown>> {
  const { seconds: _, ...report } = reportOf(run);
  const { epochs, batch, accumulate, optimizer, learningRate, schedule, seed } = run.recipe;
  return {
    ...{ ...report, epochs, batch, accumulate, optimizer, learningRate, schedule, seed },
    ...{ images: run.data.training.count, ...run.about },
  };
}
