// DenseNets that look like ours and compute something else. Loading them would give numbers that mean nothing, so they
// are refused, each with its reason.

import type { Tensor } from '../../data/tensor.ts';
import { toFloat32 } from '../../data/tensor.ts';
import { WeightsError } from '../../runtime/errors.ts';
import type { Shapes } from './architecture.ts';
import type { RecognisedNames } from './names.ts';
import type { ModelConfig } from './sidecar-files.ts';

/** @throws WeightsError */
export function refuseUncomputed(
  { trunk }: RecognisedNames,
  tensors: ReadonlyMap<string, Tensor>,
  shapes: Shapes,
  beside: ModelConfig | undefined,
  file: string,
): void {
  refuseOtherLayouts(trunk, shapes, file);
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

const KERNELS = [1, 3, 7];

/** Convolutions of one or three dimensions, and weights that do not lie as [outputs, inputs, height, width]. */
function refuseOtherLayouts(trunk: RecognisedNames['trunk'], shapes: Shapes, file: string): void {
  const convolutions = [...trunk].flatMap(([name, own]) => {
    const shape = /\.conv\d?\.weight$|^features\.conv0\.weight$/.test(name) ? shapes.get(own)?.shape : undefined;
    return shape ? [{ own, shape }] : [];
  });
  for (const { own, shape } of convolutions) {
    if (shape.length !== 5 && shape.length !== 3) continue;
    const dimensions = shape.length - 2;
    throw new WeightsError(
      file,
      `${own} has shape [${shape}]: a ${dimensions}-D network (Conv${dimensions}d), and this engine computes 2-D ones`,
      { misshapen: [`${own}: [${shape}]`] },
    );
  }
  const kernels = (i: number, j: number) =>
    convolutions.every(({ shape }) => shape.length === 4 && shape[i] === shape[j] && KERNELS.includes(shape[i] ?? 0));
  if (convolutions.length === 0 || kernels(2, 3)) return;
  const layout = kernels(0, 1)
    ? 'HWIO, as Keras and TensorFlow keep them'
    : kernels(1, 2)
      ? 'OHWI (channels last)'
      : '';
  if (layout === '') return; // shapes of a wrong size are told one by one
  const [{ own, shape } = { own: '', shape: [] }] = convolutions;
  throw new WeightsError(
    file,
    `its convolutions' weights lie as ${layout}: ${own} has shape [${shape}]; transpose them to PyTorch's OIHW, ` +
      '[outputs, inputs, height, width]',
    { misshapen: [`${own}: [${shape}]`] },
  );
}
