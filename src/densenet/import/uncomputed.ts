// DenseNets that look like ours and compute something else. Loading them would give numbers that mean nothing, so they
// are refused, each with its reason.

import type { Tensor } from '../../data/tensor.ts';
import { toFloat32 } from '../../data/tensor.ts';
import { WeightsError } from '../../runtime/errors.ts';
import type { RecognisedNames } from './names.ts';
import type { ModelConfig } from './side-files.ts';

/** @throws WeightsError */
export function refuseUncomputed(
  { trunk }: RecognisedNames,
  tensors: ReadonlyMap<string, Tensor>,
  beside: ModelConfig | undefined,
  file: string,
): void {
  const architecture = beside?.architecture ?? '';
  if (/blur/i.test(architecture)) {
    throw new WeightsError(
      file,
      `${architecture} (${beside?.file}) pools with blur filters, which this engine does not compute`,
    );
  }
  const deep = ['features.conv1.weight', 'features.conv2.weight'].flatMap((name) => trunk.get(name) ?? []);
  if (deep.length > 0) {
    throw new WeightsError(
      file,
      `begins with several convolutions (${deep.join(', ')}): a deep stem, as in timm's densenet121d, densenet264d and ` +
        "densenetblur121d; this engine computes the paper's single 7x7 or 3x3 one",
      { unknown: deep },
    );
  }
  const pool = beside?.globalPool ?? '';
  if (pool !== '' && pool !== 'avg') {
    throw new WeightsError(file, `pools globally by ${JSON.stringify(pool)} (${beside?.file}); this engine averages`);
  }
  const biases = [...trunk].flatMap(([name, own]) => {
    const tensor = /\.conv\d?\.bias$/.test(name) ? tensors.get(own) : undefined;
    return tensor && toFloat32(tensor).some((value) => value !== 0) ? [own] : [];
  });
  if (biases.length > 0) {
    throw new WeightsError(
      file,
      `its convolutions have biases (${biases.slice(0, 8).join(', ')}${biases.length > 8 ? ' …' : ''}): norms were folded ` +
        'into them, or it is another architecture; export the network as it was trained',
      { unknown: biases },
    );
  }
}
