// What the file of a run says besides its numbers, whether the run is complete or not.

import { hyperparametersToJson, parseHyperparameters } from '../densenet/train/hyperparameters.ts';
import { isComplete, type RunMetadata, stepOf } from '../densenet/train/run-metadata.ts';
import { sha256 } from './fingerprint.ts';
import { modelCard } from './model-card.ts';
import type { TrainRequest } from './train-messages.ts';

/**
 * Which training a file is of: the same for the same recipe, images and starting weights; where the schedule has no end,
 * however many epochs it has. `about.start` tells starting weights apart.
 */
export async function trainingId({
  hyperparameters,
  data,
  about,
}: Pick<RunMetadata, 'hyperparameters' | 'data' | 'about'>): Promise<string> {
  const { epochs, ...rest } = hyperparametersToJson(parseHyperparameters(hyperparametersToJson(hyperparameters)));
  const length = hyperparameters.schedule === 'constant' ? null : epochs;
  const prints = [data.training, data.validation].flatMap(({ count, pixels, labels }) => [count, pixels, labels]);
  const text = JSON.stringify([rest, length, prints, about.start ?? null]);
  return (await sha256(new TextEncoder().encode(text))).slice(0, 32);
}

/** For `writeCheckpoint` and `writeTrainingState`. No times: the same training gives the same file. */
export async function detailsOf(request: TrainRequest, run: RunMetadata) {
  const { epochs, batch, accumulate, optimizer, learningRate, schedule, seed, training, normalisation } = request;
  return {
    ...{ normalisation, classNames: training.classNames, card: modelCard(run, training) },
    training: {
      ...{
        id: await trainingId(run),
        updates: stepOf(run),
        interrupted: !isComplete(run),
        validation: run.epochs.at(-1)?.validationAccuracy ?? null,
      },
      ...{ epochs, batch, accumulate, optimizer, learningRate, schedule, seed, images: training.count },
      ...run.about,
    },
  };
}
