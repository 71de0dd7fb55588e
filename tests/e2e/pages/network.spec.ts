// Weights of one's own in the demo page, as a visitor gives them: recognised, reported, kept, found again after a reload,
// deleted; and files that are none.

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright/test';
import { packageRoot } from '../../../cli/host/package-root.ts';
import { readSafetensors, writeSafetensors } from '../../../src/data/safetensors.ts';
import { toFloat32 } from '../../../src/data/tensor.ts';
import type { PythonValue } from '../../../src/export/pickle.ts';
import { writeTorchFile } from '../../../src/export/pth.ts';
import { expect, expectFits, KEEP_DEVICES, loseDevices, test } from './page-test.ts';

/** As in some private windows. */
const NO_STORAGE = `
  if (self.StorageManager) {
    StorageManager.prototype.getDirectory = async () => { throw new DOMException('not here', 'SecurityError'); };
  }`;

const golden = (name: string) => join(packageRoot, 'tests/golden/weights', name);
const buffer = (name: string, bytes: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer: bytes });

const panel = (page: Page) => page.getByRole('region', { name: 'Network', exact: true });
const bars = (page: Page) => page.getByRole('region', { name: 'Classify' }).getByRole('radio');
const open = (page: Page, ...files: string[]) =>
  panel(page).getByLabel('Open weights').setInputFiles(files.map(golden));
const inUse = (page: Page, name: string) =>
  expect(panel(page).getByRole('status')).toContainText(`Your network: ${name}.`);

test('weights are recognised, kept and deleted, and what is none changes nothing', async ({ openPage }) => {
  test.setTimeout(400_000);
  const page = await openPage('demo/');
  await expect(bars(page)).toHaveCount(5, { timeout: 180_000 });
  const kept = panel(page).getByRole('row');
  const report = panel(page).getByText('What was recognised, and what was assumed');
  const whole = readFileSync(golden('torchvision.safetensors'));

  await test.step('weights of old torchvision are recognised, in a checkpoint of PyTorch', async () => {
    const { tensors } = readSafetensors(await readFile(golden('legacy.safetensors')), 'legacy');
    const state = new Map([...tensors].map(([name, tensor]) => [name, { tensor }] as const));
    const checkpoint = writeTorchFile(
      new Map<string, PythonValue>([
        ['epoch', 3],
        ['state_dict', state],
      ]),
    );
    await panel(page)
      .getByLabel('Open weights')
      .setInputFiles(buffer('legacy.pth', Buffer.from(checkpoint)));
    await inUse(page, 'legacy');
    await report.click();
    await expect(panel(page)).toContainText('nothing in it is run (state_dict)');
    await expect(panel(page)).toContainText('of no use here: epoch = 3');
    await expect(panel(page)).toContainText('named as in old versions of torchvision');
    await expect(panel(page)).toContainText('224 × 224 pixels, colour');
    await expect(bars(page)).toHaveCount(5);
  });

  await test.step('those of timm are read with their configuration', async () => {
    await open(page, 'timm.safetensors', 'timm-config.json');
    await inUse(page, 'timm');
    await expect(panel(page)).toContainText('32 × 32 pixels, colour');
    await expect(panel(page)).toContainText('shorter side to 40 pixels, then the middle (bicubic)');
    await expect(page.getByText('label 3', { exact: true })).toBeVisible();
  });

  await test.step('names of classes are given, and kept with the weights', async () => {
    // Names alone, for the network that is in use.
    const names = buffer('names.txt', Buffer.from('ant\nbee\ncat\ndog\nelk\n'));
    await panel(page).getByLabel('Open weights').setInputFiles(names);
    await expect(page.getByText('elk', { exact: true })).toBeVisible();

    await page.getByRole('button', { name: 'Use legacy' }).click();
    await inUse(page, 'legacy');
    await page.getByRole('button', { name: 'Use timm' }).click();
    await expect(page.getByText('elk', { exact: true }), 'what lay beside it is kept too').toBeVisible();
  });

  await test.step('a network of several labels has a bar for each', async () => {
    await open(page, 'chest-x-ray.safetensors');
    await inUse(page, 'chest-x-ray');
    await expect(bars(page)).toHaveCount(18);
    await expect(page.getByText('Cardiomegaly', { exact: true })).toBeVisible();
    await expect(panel(page)).toContainText('counts is in op_threshs');
    const several = panel(page).getByRole('checkbox', { name: /^Multi-label/ });
    await expect(several).toBeChecked();
    await several.uncheck();
    await expect(bars(page)).toHaveCount(5);
    await several.check();
    await expect(bars(page)).toHaveCount(18);
  });

  await test.step('what is no network leaves the one in use where it is', async () => {
    const tries: readonly (readonly [ReturnType<typeof buffer>, RegExp])[] = [
      [buffer('cut.safetensors', whole.subarray(0, whole.length - 100)), /cut\.safetensors.*truncated/],
      [buffer('noise.safetensors', Buffer.alloc(5000, 77)), /noise\.safetensors.*text file/],
      [buffer('model.pth', Buffer.from('PK\x03\x04\0\0archive/data.pkl')), /model\.pth.*not a whole zip archive/],
      [
        buffer('resnet.safetensors', Buffer.from(whole.toString('latin1').replaceAll('dense', 'resnt'), 'latin1')),
        /not a DenseNet/,
      ],
    ];
    for (const [file, words] of tries) {
      await panel(page).getByLabel('Open weights').setInputFiles(file);
      await expect(panel(page).getByRole('alert')).toContainText(words);
      await inUse(page, 'chest-x-ray');
    }
    await page
      .getByRole('button', { name: /^Bag, sample/ })
      .first()
      .click();
    await expect(bars(page)).toHaveCount(18);
  });

  await test.step('it is still there after a reload', async () => {
    await expect(kept).toHaveCount(1 + 3);
    expect(new URL(page.url()).searchParams.get('model')).toBe('chest-x-ray');
    await page.reload();
    await inUse(page, 'chest-x-ray');
    await expect(bars(page)).toHaveCount(18, { timeout: 180_000 });
    await expect(kept).toHaveCount(1 + 3);
    await expectFits(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await expectFits(page);
  });

  await test.step('networks are deleted, and one is had back', async () => {
    // Deleted, and the one in use gives way to the bundled one; had back, it is in use again.
    await page.getByRole('button', { name: 'Delete chest-x-ray', exact: true }).click();
    await page.getByRole('button', { name: 'Undo the deletion of chest-x-ray' }).click();
    await inUse(page, 'chest-x-ray');
    await page.getByRole('button', { name: 'Delete chest-x-ray', exact: true }).click();
    await expect(page.getByText('The bundled network:')).toBeVisible();
    await expect(bars(page)).toHaveCount(5);
    await expect(kept).toHaveCount(1 + 2);
    await page.getByRole('button', { name: 'Delete legacy', exact: true }).click();
    await expect(kept).toHaveCount(1 + 1);
  });

  await test.step('weights are dropped on the picture, and opened without a tensor of no known use', async () => {
    // Dropped on the picture, as anything is.
    const dropped = await page.evaluateHandle(
      (bytes) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(bytes)], 'prefixed.safetensors'));
        return data;
      },
      [...readFileSync(golden('prefixed.safetensors'))],
    );
    await page.getByRole('region', { name: 'Classify' }).dispatchEvent('drop', { dataTransfer: dropped });
    // One of its tensors is of no known use: it is opened without that when that is asked for.
    await expect(panel(page).getByRole('alert')).toContainText('module.net.temperature');
    await panel(page).getByRole('button', { name: 'Leave these out and open' }).click();
    await inUse(page, 'prefixed');
    await expect(page.getByText('module.net.head.fc.weight')).toBeAttached();
  });

  await test.step('features alone get a classifier when that is asked for', async () => {
    // Features alone: a classifier is made only when that is asked for.
    const { tensors } = readSafetensors(whole, 'torchvision');
    const features = new Map([...tensors].filter(([name]) => !name.startsWith('classifier')));
    await panel(page)
      .getByLabel('Open weights')
      .setInputFiles(buffer('features.safetensors', Buffer.from(writeSafetensors(features))));
    await expect(panel(page).getByRole('alert')).toContainText('no classifier');
    await panel(page).getByRole('spinbutton', { name: 'Classes' }).fill('3');
    await panel(page).getByRole('button', { name: 'Make a new classifier' }).click();
    await inUse(page, 'features');
    await expect(bars(page)).toHaveCount(3);
  });
});

/** The page's logits for a tensor are those that PyTorch computed for the weights of that name. */
async function expectPyTorchsLogits(page: Page, name: string) {
  const { tensors } = readSafetensors(readFileSync(golden('expected.safetensors')), 'expected');
  const [input, logits] = [tensors.get(`${name}.input`), tensors.get(`${name}.logits`)];
  if (!input || !logits) throw new Error(`expected.safetensors has nothing for ${name}`);
  await panel(page).getByText('Compare with PyTorch').click();
  const saved = page.waitForEvent('download');
  await panel(page)
    .getByLabel('Logits of a tensor')
    .setInputFiles(buffer('input.npy', npy(input.shape, input.bytes)));
  const { classes, logits: rows } = JSON.parse(await readFile(await (await saved).path(), 'utf8'));
  expect(classes[0]).toBe('label 0');
  const wanted = toFloat32(logits);
  expect(rows.flat()).toHaveLength(wanted.length);
  for (const [i, logit] of rows.flat().entries()) expect(Math.abs(logit - (wanted[i] ?? 0))).toBeLessThan(1e-5);
}

/** As numpy.save writes float32. */
function npy(shape: readonly number[], bytes: Uint8Array): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117);
  return Buffer.concat([Buffer.from(`\x93NUMPY\x01\0\x76\0${header}\n`, 'latin1'), bytes]);
}

test('where the browser keeps nothing it is said so, and after a lost GPU the weights are in use again', async ({
  openPage,
}) => {
  test.setTimeout(400_000);
  const prelude = `${KEEP_DEVICES}; ${NO_STORAGE}`;
  const page = await openPage('demo/?model=gone', { prelude });
  await expect(bars(page)).toHaveCount(5, { timeout: 180_000 });
  await test.step('an unknown network is named', async () => {
    await expect(page.getByText('no network called “gone”')).toBeVisible();
  });
  await test.step('weights are used and not kept', async () => {
    await open(page, 'timm.safetensors', 'timm-config.json');
    await inUse(page, 'timm');
    await expect(panel(page).getByRole('alert')).toContainText('keeps no files');
    await expect(panel(page).getByRole('row')).toHaveCount(0);
  });
  await test.step('their logits are those of PyTorch', async () => {
    await expectPyTorchsLogits(page, 'timm');
  });
  await test.step('after a lost GPU they are in use again', async () => {
    await loseDevices(page);
    await expect(page.getByText('The GPU was lost. The engine was started again')).toBeVisible();
    const dress = page.getByRole('button', { name: /^Dress, sample/ }).first();
    await expect(dress).toBeEnabled();
    await dress.click();
    await expect(dress).toHaveAttribute('aria-pressed', 'true', { timeout: 180_000 });
    await inUse(page, 'timm');
    await expect(page.getByText('label 3', { exact: true })).toBeVisible();
  });
});
