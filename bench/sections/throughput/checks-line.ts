// What the checks against PyTorch came to, a line each.

import { h } from 'preact';
import type { CheckReport } from './validation.ts';

const NAMES = {
  imagenet: 'a network with the ImageNet stem',
  bottleneck: 'a network with bottlenecks',
  plain: 'a plain network',
} as const;

export function ChecksLine({ checks }: { checks: readonly CheckReport[] }) {
  if (checks.length === 0) {
    return h('p', { class: 'hint' }, 'Nothing is timed before this GPU’s numbers agree with PyTorch’s.');
  }
  return h(
    'ul',
    { class: 'checks' },
    checks.map((check) => {
      const key = `${check.precision} ${check.file}`;
      return h('li', { key, class: check.passed ? 'right' : 'wrong' }, sentence(check));
    }),
  );
}

function sentence({ kind, precision, file, groups, passed }: CheckReport): string {
  const worst = Math.max(...groups.map(({ error }) => error ?? Number.POSITIVE_INFINITY));
  const verdict = passed ? 'agrees with PyTorch' : 'differs from PyTorch';
  const maps = file.startsWith('paper-maps') ? 'the paper’s maps' : 'small maps';
  const packedF16 = precision === 'f32' ? '' : ', features stored as f16,';
  return `On ${NAMES[kind]} and ${maps}${packedF16} this GPU ${verdict}; the largest relative error is ${worst.toExponential(1)}.`;
}
