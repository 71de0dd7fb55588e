// What the plans of all presets do, as text: sections, kernels with their parameters and grids, and the byte range of every
// binding, in order. Record it before and after a change that should alter nothing, and compare:
// `node scripts/record-plans.mjs FILE [PRESET…]`. Buffers have numbers, so that renaming one changes a single line.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const root = fileURLToPath(new URL('../src/densenet', import.meta.url));
const load = async (path) => (await runnerImport(join(root, path), { configFile: false })).module;
const { INPUT, featureTargets } = await load('explain/target.ts');
const { PRESETS } = await load('presets.ts');
const { buildNetwork } = await load('network.ts');
const { recordTraining } = await load('plan/training.ts');
const { recordInference } = await load('plan/inference.ts');
const { recordExplanation } = await load('plan/explanation.ts');

const PRECISIONS = ['f32', 'f16-storage'];
const BATCH = 4;

/** Name and recorder of each plan of a network. */
function* plansOf(network) {
  for (const precision of PRECISIONS) {
    for (const keepFeatures of [false, 'all']) {
      for (const input of ['float', 'bytes']) {
        const options = { precision, keepFeatures, input };
        yield ['inference', options, () => recordInference(network, BATCH, options)];
      }
    }
    for (const recompute of [false, true]) {
      for (const [loss, optimizer, input] of [
        ['cross-entropy', 'sgd', 'bytes'],
        ['binary-cross-entropy', 'adamw', 'float'],
      ]) {
        for (const trainable of ['all', 'last-block', 'classifier']) {
          const inputGradient = trainable === 'all' && input === 'float';
          const options = { precision, recompute, loss, optimizer, input, trainable, inputGradient };
          yield ['training', options, () => recordTraining(network, BATCH, options)];
        }
      }
    }
  }
  for (const target of [INPUT, ...featureTargets(network).values()]) {
    const { kind, name = '' } = target;
    yield ['explanation', { kind, name }, () => recordExplanation(network, BATCH, { target })];
  }
}

const names = process.argv.slice(3);
const out = createWriteStream(process.argv[2] ?? 'plans.txt');
let plans = 0;
for (const [preset, config] of Object.entries(PRESETS)) {
  if (names.length > 0 && !names.includes(preset)) continue;
  for (const dropout of [0, 0.2]) {
    const network = buildNetwork({ ...config, dropout });
    for (const [mode, options, record] of plansOf(network)) {
      if (dropout > 0 && mode !== 'training') continue;
      const text = [`\n== ${preset} ${mode} dropout ${dropout} ${JSON.stringify(options)}`];
      const { plan, io, readback } = record();
      const { buffers, passes } = plan.program;
      const number = new Map(buffers.map((buffer, i) => [buffer, i]));
      const range = ({ buffer, offset, bytes }) => `#${number.get(buffer)}:${offset}+${bytes}`;
      for (const { label, kind, bytes, purpose, packedF16, first, last, content } of buffers) {
        const facts = [kind, bytes, packedF16, first, last, content ? hash(content) : '-', purpose, label];
        text.push(`#${text.length - 1} ${facts.join(' ')}`);
      }
      for (const { section, label, kernel, size, parameters, promoted, packedF16, regions, grid } of passes) {
        const bound = [...regions].map(([name, region]) => `${name}=${range(region)}`).join(' ');
        const values = JSON.stringify([size, parameters, promoted, packedF16]);
        text.push(`${section} | ${label} | ${kernel.id} | ${grid.join('x')} | ${values} | ${bound}`);
      }
      for (const [name, region] of Object.entries(io)) if (region?.buffer) text.push(`${name}=${range(region)}`);
      text.push(`readback ${JSON.stringify(readback, (_, value) => (value?.buffer ? range(value) : value))}`);
      plans++;
      if (!out.write(text.join('\n'))) await once(out, 'drain');
    }
  }
}
out.end();
await once(out, 'finish');
console.log(`${plans} plans`);

/** FNV-1a of a table's words. */
function hash(content) {
  let h = 0x811c9dc5;
  for (const byte of new Uint8Array(content.buffer, content.byteOffset, content.byteLength)) {
    h = Math.imul(h ^ byte, 0x01000193) >>> 0;
  }
  return h.toString(16);
}
