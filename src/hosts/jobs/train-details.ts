// What the file of a run says besides its numbers, whether the run is complete or not.

import { isComplete, type RunRecord, stepOf } from '../../densenet/training/run-record.ts';
import { modelCard } from './model-card.ts';
import type { TrainRequest } from './train-messages.ts';

/** For `writeCheckpoint` and `writeTrainingState`. No times: the same training gives the same file. */
export function detailsOf(request: TrainRequest, run: RunRecord) {
  const { epochs, batch, accumulate, optimizer, learningRate, schedule, seed, training, normalisation } = request;
  return {
    ...{ normalisation, classNames: training.classNames, card: modelCard(run, training) },
    training: {
      ...{ updates: stepOf(run), interrupted: !isComplete(run), heldOut: run.epochs.at(-1)?.heldOut ?? null },
      ...{ epochs, batch, accumulate, optimizer, learningRate, schedule, seed, images: training.count },
      ...run.about,
    },
  };
}
