// Networks that nobody has seen before, drawn from the run's seed and computed by the PyTorch of this machine.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../cli/host/package-root.ts';
import { Random } from '../../../src/shaders/random-inputs.ts';
import { seed, test } from '../fixtures/host-test.ts';
import { onlyOn } from '../fixtures/only-on.ts';
import { holdGolden } from './hold-golden.ts';

const PYTHON = '/usr/bin/python3';
/** A network for each of these, and each of them under two of the hosts, of two compilers. */
const HOSTS = [
  ['node', 'deno'],
  ['chromium', 'firefox'],
] as const;

/** Why there can be no fresh golden here; undefined where there can. */
function missing(): string | undefined {
  if (!existsSync(PYTHON)) return `fresh goldens need ${PYTHON} with PyTorch and torchvision; there is no ${PYTHON}`;
  try {
    execFileSync(PYTHON, ['-c', 'import numpy, torch, torchvision'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return `fresh goldens need PyTorch and torchvision (Debian: python3-torch, python3-torchvision) for ${PYTHON}`;
  }
}

/** Keys as make_golden.py has them; small enough for a software GPU. */
function configuration(random: Random) {
  const stem = random.pick(['cifar', 'imagenet', 'deep']);
  const blocks = Array.from({ length: random.integer(1, 3) }, () => random.integer(1, 3));
  // Maps halve between blocks, and a stem that pools takes a quarter of each side first.
  const least = 2 ** blocks.length * (stem === 'cifar' ? 1 : 4);
  const size = () => least + random.integer(0, stem === 'cifar' ? 14 : 30);
  const loss = random.pick(['ce', 'bce', 'focal', 'sigmoid-focal']);
  const optimizer = random.pick(['sgd', 'adamw', 'rmsprop', 'lamb']);
  const classes = random.integer(2, 12);
  const weights = () => Array.from({ length: classes }, () => random.integer(1, 32) / 8);
  const isMultiLabel = loss === 'bce' || loss === 'sigmoid-focal';
  return {
    stem,
    blocks,
    loss,
    optimizer,
    size: size(),
    width: size(),
    seed: random.integer(0, 1e6),
    growth: random.pick([3, 4, 5, 8, 12, 17, 24, 32, 48]),
    init: random.integer(3, 40),
    bottleneck: random.pick([0, 1, 2, 4]),
    compression: random.integer(3, 10) / 10,
    classes,
    channels: random.integer(1, 4),
    batch: random.integer(2, 9),
    clip: random.pick([0, 0.5]),
    lr: optimizer === 'sgd' ? 0.05 : 0.002,
    // A quotient of small gradients is as uncertain as they are.
    eps: optimizer === 'rmsprop' ? 1e-3 : 1e-8,
    centered: random.pick([true, false]),
    class_weights: isMultiLabel ? null : random.pick([null, weights()]),
    pos_weight: loss === 'bce' ? random.pick([null, weights()]) : null,
    missing: isMultiLabel ? random.pick([0, 0.2]) : 0,
    focal_gamma: loss.endsWith('focal') ? random.pick([0.5, 1, 2]) : 2,
    decay_norms: random.pick([true, false]),
    head_lr: random.pick([1, 3]),
    layer_decay: random.pick([1, 0.5]),
    freeze: random.pick<readonly string[]>([[], ['features.denseblock1.denselayer1.*', 'features.conv0.weight']]),
    label_smoothing: loss === 'ce' ? random.pick([0, 0.1]) : 0,
  };
}

for (const [i, hosts] of HOSTS.entries()) {
  test(`fresh golden ${i + 1}`, onlyOn(...hosts), async ({ session, host }, info) => {
    const reason = missing();
    test.skip(reason !== undefined, reason);
    const config = JSON.stringify(configuration(new Random(seed() + 7919 * (i + 1))));
    info.annotations.push({ type: 'configuration', description: config });
    const file = info.outputPath('golden.safetensors');
    execFileSync(PYTHON, [join(packageRoot, 'tests/golden/make_golden.py'), file, '--config', config]);
    await holdGolden({ session, host }, config, readFileSync(file), info);
  });
}
