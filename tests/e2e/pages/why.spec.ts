// The Why panel walked as a visitor would: every method on one picture, what is said of each, and what can be kept.
import { readFile } from 'node:fs/promises';
import { readSafetensors } from '../../../src/data/safetensors.ts';
import { expect, expectFits, test } from './page-test.ts';

test('a class is explained by every method, kept as picture and numbers, and cancelled', async ({ openPage }) => {
  test.setTimeout(600_000);
  const page = await openPage('demo/', { width: 390 });
  const panel = page.getByRole('region', { name: 'Why this class?' });
  const explain = panel.getByRole('button', { name: 'Explain' });
  await expect(explain).toBeEnabled({ timeout: 180_000 });
  const found = panel.getByRole('img', { name: /for “.+” on the picture \(sample 1\)/ });
  const map = () => panel.locator('canvas.heat').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const method = panel.getByLabel('Method');

  const maps: string[] = [];
  const explained = async (name: string, says: RegExp, called = name) => {
    await method.selectOption({ label: name });
    await expect(panel.getByText(says)).toBeVisible();
    await explain.click();
    await expect(found).toHaveAccessibleName(new RegExp(`^${called.replace(/[()×]/g, '.')}`), { timeout: 120_000 });
    await expect(panel.getByText(/^(It took|This is a by-product)/)).toBeVisible();
    maps.push(await map());
  };
  await test.step('maps of activations and of gradients', async () => {
    await explained('Class activation map (CAM)', /together they make the score exactly/);
    const gradCam = 'Grad-CAM, at any block';
    await explained(gradCam, /weighed by how strongly/, 'Grad-CAM at dense block 3');
    await panel.getByLabel('Output of').selectOption({ label: 'transition 1, behind block 1' });
    await explained(gradCam, /weighed by how strongly/, 'Grad-CAM at transition 1');
    await explained('Input gradient', /reacts to most/);
    await explained('Input × gradient', /as if the network were linear/);
  });
  await test.step('methods of many runs', async () => {
    await method.selectOption({ label: 'SmoothGrad' });
    await panel.getByLabel('Noisy copies').fill('4');
    await explained('SmoothGrad', /random noise/);
    await explained('Occlusion', /is covered/);
    await method.selectOption({ label: 'Integrated gradients' });
    await panel.getByLabel('Steps on the way').fill('6');
    await explained('Integrated gradients', /from an empty picture/);
    await expect(panel.getByText(/should add up to/)).toBeVisible();
  });
  expect(new Set(maps).size, 'maps that differ').toBe(maps.length);

  const saved = async (button: string) => {
    const download = page.waitForEvent('download');
    await panel.getByRole('button', { name: button }).click();
    return readFile(await (await download).path());
  };
  await test.step('a map is saved as a picture and as numbers', async () => {
    const png = await saved('Save as PNG');
    expect([...png.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
    expect(png.length).toBeGreaterThan(1000);
    const { tensors } = readSafetensors(new Uint8Array(await saved('Save the numbers (safetensors)')), 'saved');
    expect([...tensors.keys()].sort()).toEqual(['attribution', 'input', 'map']);
  });

  await test.step('map and picture stand side by side', async () => {
    await panel.getByRole('checkbox', { name: 'Side by side' }).check();
    await expect(panel.getByRole('img', { name: /alone$/ })).toBeVisible();
    await expectFits(page);
  });

  await test.step('a long explanation is cancelled', async () => {
    await panel.getByLabel('Steps on the way').fill('300');
    await panel.getByLabel('Steps on the way').press('Tab');
    await explain.click();
    await panel.getByRole('button', { name: 'Cancel' }).click();
    await expect(panel.getByRole('status')).toHaveText('Cancelled.');
  });
  await test.step('another picture is not explained by the map of the last one', async () => {
    await page.getByRole('button', { name: /sample 2$/ }).click();
    await expect(panel.getByRole('img')).toHaveCount(0);
  });
});
