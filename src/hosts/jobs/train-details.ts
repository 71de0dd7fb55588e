// What the file of a run says besides its numbers, whether the run is complete or not.

import { parseRecipe, recipeToJson } from '../../densenet/training/recipe.ts';
import { isComplete, type RunRecord, stepOf } from '../../densenet/training/run-record.ts';
import { sha256 } from '../fingerprint.ts';
import { modelCard } from './model-card.ts';
import type { TrainRequest } from './train-messages.ts';

/**
 * Which training a file is of: the same for the same recipe, images and starting weights; where the schedule has no end,
 * however many epochs it has. `about.start` tells starting weights apart.
 */
export async function trainingId({
  recipe,
  data,
  about,
}: Pick<RunRecord, 'recipe' | 'data' | 'about'>): Promise<string> {
  const { epochs, ...rest } = recipeToJson(parseRecipe(recipeToJson(recipe)));
  const length = recipe.schedule === 'constant' ? null : epochs;
  const prints = [data.training, data.heldOut].flatMap(({ count, pixels, labels }) => [count, pixels, labels]);
  const text = JSON.stringify([rest, length, prints, about.start ?? null]);
  return (await sha256(new TextEncoder().encode(text))).slice(0, 32);
}

/** For `writeCheckpoint` and `writeTrainingState`. No times: the same training gives the same file. */
export async function detailsOf(request: TrainRequest, run: RunRecord) {
  const { epochs, batch, accumulate, optimizer, learningRate, schedule, seed, training, normalisation } = request;
  return {
    ...{ normalisation, classNames: training.classNames, card: modelCard(run, training) },
    training: {
      ...{
        id: await trainingId(run),
        updates: stepOf(run),
        interrupted: !isComplete(run),
        heldOut: run.epochs.at(-1)?.heldOut ?? null,
      },
      ...{ epochs, batch, accumulate, optimizer, learningRate, schedule, seed, images: training.count },
      ...run.about,
    },
  };
}
