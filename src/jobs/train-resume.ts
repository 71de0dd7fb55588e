// Whether a run may go on as it is asked to: the same recipe, the same images; and whether it goes on bit for bit.

import {
  type Hyperparameters,
  hyperparametersToJson,
  parseHyperparameters,
} from '../densenet/train/hyperparameters.ts';
import { type EngineRecord, isComplete, type RunMetadata, sameImages } from '../densenet/train/run-metadata.ts';
import { ConfigError } from '../runtime/errors.ts';

/**
 * The run's record under the recipe that was asked for. More epochs are fine where the schedule does not depend on them.
 * @throws ConfigError naming what is not the run's, or where nothing of it is left to do
 */
export function resumedRun(run: RunMetadata, hyperparameters: Hyperparameters, data: RunMetadata['data']): RunMetadata {
  // Read again, so that fields compare in one order.
  const [was, wanted] = [
    hyperparametersToJson(run.hyperparameters),
    hyperparametersToJson(parseHyperparameters(hyperparametersToJson(hyperparameters))),
  ];
  for (const field of Object.keys(was) as (keyof typeof was)[]) {
    if (field !== 'epochs' && !same(was[field], wanted[field])) {
      throw new ConfigError(
        field,
        wanted[field],
        `is not the run's own, ${JSON.stringify(was[field])}; it goes on with that`,
      );
    }
  }
  checkEpochs(run, hyperparameters.epochs);
  for (const part of ['training', 'validation'] as const) {
    if (sameImages(run.data[part], data[part])) continue;
    const { count, height, width } = run.data[part];
    throw new ConfigError(
      part === 'training' ? 'training images' : 'held-out images',
      data[part].count,
      `are other images than the run's ${count} of ${height} x ${width}: it goes on with the very same only`,
    );
  }
  return { ...run, hyperparameters };
}

/** @throws ConfigError for fewer epochs than the run has, or more where the schedule was laid over its own */
export function checkEpochs({ hyperparameters, ...run }: RunMetadata, epochs: number): void {
  if (epochs < hyperparameters.epochs)
    throw new ConfigError('epochs', epochs, `are fewer than the run's ${hyperparameters.epochs}`);
  if (epochs > hyperparameters.epochs && hyperparameters.schedule !== 'constant') {
    throw new ConfigError(
      'epochs',
      epochs,
      `are more than the ${hyperparameters.epochs} over which the run's ${hyperparameters.schedule} schedule is laid; only a constant one has no end`,
    );
  }
  if (!isComplete({ ...run, hyperparameters: { ...hyperparameters, epochs } })) return;
  const more = hyperparameters.schedule === 'constant' ? '; ask for more' : '; its schedule has come to its end';
  throw new ConfigError('epochs', epochs, `are all done${more}`);
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What is another than where the state was made, for people; none: the run goes on bit for bit. */
export function engineNotes(was: EngineRecord, is: EngineRecord): string[] {
  const changes = [
    was.gpu === is.gpu ? '' : `the GPU is ${is.gpu} and was ${was.gpu}`,
    was.host === is.host ? '' : `the host is ${is.host} and was ${was.host}`,
    was.version === is.version ? '' : `the version is ${is.version} and was ${was.version}`,
    was.plan === is.plan ? '' : 'the kernels are others',
  ].filter((change) => change !== '');
  return changes.length === 0 ? [] : [`${changes.join('; ')}: the run goes on, but may round otherwise from here`];
}
