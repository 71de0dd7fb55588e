// A training run's state as a checkpoint of PyTorch's usual form, one dict: `model` and `optimizer` for `load_state_dict`, and
// where the run stands.

import type { Network } from '../densenet/network.ts';
import { trainableRange } from '../densenet/plan/scope.ts';
import { optimizerOf } from '../densenet/train/optimizers.ts';
import { stepOf } from '../densenet/train/run-metadata.ts';
import type { TrainingState } from '../densenet/train/training-state.ts';
import type { PythonValue } from './pickle.ts';
import { checkPthSize, stateDictOf, writeTorchFile } from './pth.ts';
import { torchOptimizerName, torchOptimizerState } from './torch-optimizer.ts';

/**
 * `{model, optimizer, optimizer_class, optimizer_parameters, epoch, step}`: the state dict of the network; that of an
 * optimizer of class `torch.optim.<optimizer_class>` over the parameters of these names, in this order; whole epochs and
 * updates that are done.
 * @throws ConfigError for an optimizer that PyTorch does not have, or a file of more than 4 GB; StateError
 */
export function writeTrainingPth(
  network: Network,
  { run, trainer, state }: Pick<TrainingState, 'run' | 'trainer' | 'state'>,
): Uint8Array<ArrayBuffer> {
  const { optimizer, trainable } = run.hyperparameters;
  checkPthSize(network, 1 + optimizerOf(optimizer.kind).state.length);
  return writeTorchFile(
    new Map<string, PythonValue>([
      ['model', stateDictOf(network, state, { steps: trainer.steps })],
      ['optimizer', torchOptimizerState(network, run, trainer)],
      ['optimizer_class', torchOptimizerName(optimizer)],
      ['optimizer_parameters', trainableRange(network, trainable).parameters.map(({ name }) => name)],
      ['epoch', run.epochs.length],
      ['step', stepOf(run)],
    ]),
  );
}
