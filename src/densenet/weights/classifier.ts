// Which of a file's tensors outside the trunk is the classifier: one Linear (or 1x1 convolution) from the trunk's
// features, whatever it is called (`classifier`, `fc`, `head.fc`, `classifier.0` of a Sequential with a Sigmoid). A head of
// several layers is none: leaving layers out would give numbers that mean nothing.

import { WeightsError } from '../../runtime/errors.ts';
import type { Shapes } from './architecture.ts';

export interface FoundClassifier {
  /** The file's names. */
  readonly weight: string;
  /** Undefined: it has none, which is a bias of zeros. */
  readonly bias: string | undefined;
}

/**
 * @param outside the file's names of what is not the trunk
 * @param prefix what stands before the trunk in the file's names
 * @param features channels after the last block
 * @returns undefined where nothing outside the trunk is a classifier
 * @throws WeightsError where several are, or its head has more layers than one
 */
export function findClassifier(
  tensors: Shapes,
  outside: readonly string[],
  { prefix, features, file }: { readonly prefix: string; readonly features: number; readonly file: string },
): FoundClassifier | undefined {
  const reads = (name: string) => {
    const [, inputs, ...kernel] = tensors.get(name)?.shape ?? [];
    return (
      inputs === features &&
      features > 0 &&
      (kernel.length === 0 || (kernel.length === 2 && kernel.every((n) => n === 1)))
    );
  };
  const candidates = outside.filter((name) => /(^|\.)weight$/.test(name) && reads(name));
  const weight = choose(candidates, prefix, file);
  if (weight === undefined) return undefined;
  const head = weight.slice(0, -'weight'.length);
  const bias = outside.includes(`${head}bias`) ? `${head}bias` : undefined;
  refuseMoreLayers(outside, { weight, bias }, prefix, file);
  return { weight, bias };
}

function choose(candidates: readonly string[], prefix: string, file: string): string | undefined {
  const usual = candidates.find((name) => name === `${prefix}classifier.weight`);
  const [first, ...others] = candidates;
  if (usual !== undefined || others.length === 0) return usual ?? first;
  throw new WeightsError(
    file,
    `${candidates.length} tensors could be the classifier: ${candidates.join(', ')}; leave out those that are not ` +
      '(`ignore`; --ignore NAME … on the command line)',
  );
}

/** All of a head lies under one module: what else is there belongs to a computation that this engine does not do. */
function refuseMoreLayers(outside: readonly string[], found: FoundClassifier, prefix: string, file: string): void {
  const module = headModule(found.weight, prefix);
  const own: readonly (string | undefined)[] = [found.weight, found.bias];
  const others = outside.filter((name) => module !== '' && name.startsWith(module) && !own.includes(name));
  if (others.length === 0) return;
  throw new WeightsError(
    file,
    `its head ${module.slice(0, -1)} has more than one linear layer (beside ${found.weight}: ${others.join(', ')}); ` +
      'this engine computes a single one after the global pooling. To leave layers out knowingly: `ignore` (--ignore NAME …)',
    { unknown: others, unsupported: others },
  );
}

/** `a.head.` of `a.head.fc.weight`, where the trunk lies under `a.`: the first part that is the head's alone. */
function headModule(weight: string, prefix: string): string {
  const trunk = prefix.split('.');
  const parts = weight.split('.').slice(0, -1);
  const own = parts.findIndex((part, i) => part !== trunk[i]);
  return own < 0 ? '' : `${parts.slice(0, own + 1).join('.')}.`;
}
