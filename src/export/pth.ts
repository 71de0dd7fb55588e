// PyTorch's own file, as `torch.save` writes it since 1.6: a zip of stored entries, one pickle and one storage per tensor, each
// aligned to 64 bytes so that it can be mapped. `torch.load(weights_only=True)` takes it, and `load_state_dict(strict=True)`
// takes what comes of it. The same content gives the same bytes.

import { writeStoredZip, ZIP_BYTES } from '../data/stored-zip.ts';
import { float32Tensor, type Tensor } from '../data/tensor.ts';
import { encodeUtf8 } from '../data/utf8.ts';
import type { Network } from '../densenet/network.ts';
import { checkStateDict, type StateDict, statePlaces } from '../densenet/state-dict.ts';
import { ConfigError } from '../runtime/errors.ts';
import { halfTensor } from './half.ts';
import { type PythonDict, type PythonValue, pickled } from './pickle.ts';

export interface PthOptions {
  /** Each norm's `num_batches_tracked`. Default 0. */
  readonly steps?: number;
  /** Convolutions and classifier in float16 (half.ts). */
  readonly half?: boolean;
}

/**
 * The state dict of a network as a `.pth` file: torchvision's names in torchvision's order, `num_batches_tracked` included.
 * @throws StateError where the state is not the network's; ConfigError where the file would be larger than 4 GB
 */
export function writePth(network: Network, state: StateDict, options: PthOptions = {}): Uint8Array<ArrayBuffer> {
  checkPthSize(network);
  return writeTorchFile(stateDictOf(network, state, options));
}

/** A state dict as Python has it. @throws StateError */
export function stateDictOf(
  network: Network,
  state: StateDict,
  { steps = 0, half = false }: PthOptions = {},
): PythonDict {
  checkStateDict(network, state);
  const dict = new Map<string, PythonValue>();
  for (const { name } of statePlaces(network)) {
    const { shape, values } = state.get(name) ?? { shape: [0], values: new Float32Array() };
    const tensor = float32Tensor(shape, values);
    dict.set(name, { tensor: half ? halfTensor(name, tensor) : tensor });
    if (name.endsWith('.running_var')) dict.set(name.replace(/running_var$/, 'num_batches_tracked'), tracked(steps));
  }
  return dict;
}

const tracked = (steps: number): PythonValue => {
  const bytes = new Uint8Array(new BigInt64Array([BigInt(steps)]).buffer);
  return { tensor: { dtype: 'I64', shape: [], bytes } satisfies Tensor };
};

/** Before anything is written. @param copies of the parameters, with the optimizer's state @throws ConfigError */
export function checkPthSize({ parameterCount, norms }: Network, copies = 1): void {
  const bytes = 4 * norms.reduce((sum, { channels }) => sum + 2 * channels, copies * parameterCount);
  if (bytes >= ZIP_BYTES) throw tooLarge(parameterCount);
}

/** What to do where it is too much for a zip, which PyTorch's readers take without Zip64 too. */
const INSTEAD = 'export safetensors';
const tooLarge = (parameters: number) =>
  new ConfigError('parameters', parameters, `are too many for a .pth file (zip), of 4 GB at most: ${INSTEAD}`);

/** What `torch.load` gives back as `value`. @throws ConfigError where it is larger than 4 GB */
export function writeTorchFile(value: PythonValue): Uint8Array<ArrayBuffer> {
  const { pickle, storages } = pickled(value);
  return writeStoredZip(
    [
      { name: 'archive/data.pkl', bytes: pickle },
      { name: 'archive/byteorder', bytes: encodeUtf8('little') },
      ...storages.map((bytes, key) => ({ name: `archive/data/${key}`, bytes })),
      { name: 'archive/version', bytes: encodeUtf8('3\n') },
    ],
    INSTEAD,
  );
}
