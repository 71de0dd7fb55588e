// mmpretrain's (OpenMMLab's) names for a DenseNet: stem.0, stages.0.block.0.norm1, transitions.0.norm, and the last norm as a
// transition of its own, transitions.3.0.

import type { Naming } from './names.ts';

const LAYER = /^(.*\.)?stages\.\d+\.block\.\d+\.(?:norm|conv)[12]\./;
const RULES: readonly (readonly [name: RegExp, canonical: (first: string, second: string) => string])[] = [
  [/^stem\.0\./, () => 'conv0.'],
  [/^stem\.1\./, () => 'norm0.'],
  [
    /^stages\.(\d+)\.block\.(\d+)\./,
    (block, layer) => `denseblock${Number(block) + 1}.denselayer${Number(layer) + 1}.`,
  ],
  [/^transitions\.\d+\.0\./, () => 'norm5.'],
  [/^transitions\.(\d+)\./, (block) => `transition${Number(block) + 1}.`],
];

/** Undefined: the names are not mmpretrain's. */
export function mmpretrainNames(names: Iterable<string>): Naming | undefined {
  const all = [...names];
  const layer = all.map((name) => LAYER.exec(name)).find((found) => found !== null);
  if (!layer) return undefined;
  const [, prefix = ''] = layer;
  const canonical = new Map<string, string>();
  for (const name of all) {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    for (const [pattern, rename] of RULES) {
      const [found, first = '', second = ''] = pattern.exec(rest) ?? [];
      if (found === undefined) continue;
      canonical.set(name, `${prefix}features.${rename(first, second)}${rest.slice(found.length)}`);
      break;
    }
  }
  return { scheme: 'mmpretrain', canonical };
}
