// The Train view as a visitor walks it, in one page: the planner refuses what cannot be and says what could, an own
// network learns, its confusion matrix is on the screen, it is used and kept, and fine-tuned.

import { readFile } from 'node:fs/promises';
import type { Download, Page } from 'playwright/test';
import { readSafetensors } from '../../../src/data/safetensors.ts';
import { expect, expectFits, test } from './page-test.ts';

const show = (page: Page, view: string) =>
  page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view }).click();
const panelOf = (page: Page) => page.getByRole('region', { name: 'Train', exact: true });
/** Counts, from here on, the page's tasks that took over 50 ms. */
const countLongTasks = (page: Page) =>
  page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { tasks });
    new PerformanceObserver((list) => {
      tasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: 'longtask' });
  });

async function bytesOf(download: Promise<Download>): Promise<Uint8Array> {
  return new Uint8Array(await readFile(await (await download).path()));
}

async function ended(page: Page): Promise<void> {
  await expect(panelOf(page).getByText(/^Done\.$/)).toBeVisible({ timeout: 300_000 });
}

test('a network of one’s own is planned, learns, is evaluated, saved, and fine-tuned', async ({ openPage }) => {
  test.setTimeout(900_000);
  const page = await openPage('demo/#train');
  const panel = panelOf(page);
  const start = panel.getByRole('button', { name: 'Start training' });
  const planner = panel.getByRole('region', { name: 'Resource estimate' });
  await expect(planner.getByText(/^Fits:/)).toBeVisible({ timeout: 180_000 });

  await test.step('what cannot be is refused with what could', async () => {
    const growth = panel.getByLabel('Growth rate', { exact: true });
    await growth.fill('none');
    await expect(panel.getByText('Growth rate must be a whole number from 1 to 4,096.')).toBeVisible();
    await expect(growth).toHaveAttribute('aria-invalid', 'true');
    await expect(start).toBeDisabled();
    await growth.fill('64');
    await panel.getByLabel('Layers of each block').fill('40, 40');
    await panel.getByLabel('Batch', { exact: true }).fill('500');
    await expect(planner.getByText(/^This needs .* GPU memory; at most/)).toBeVisible();
    await expect(start).toBeDisabled();
    await planner.getByRole('button', { name: /^Train each batch as \d+ micro-batches of \d+/ }).click();
    await expect(planner.getByText(/^Fits:/)).toBeVisible();
    await expect(start).toBeEnabled();
    await panel.getByText('More settings').click();
    await panel.getByLabel('Micro-batches', { exact: true }).fill('1');
    await panel.getByText('More settings').click();
    await panel.getByLabel('Batch', { exact: true }).fill('500');
    await planner.getByRole('button', { name: /^Use a batch of \d+/ }).click();
    await expect(planner.getByText(/^Fits:/)).toBeVisible();
    await expect(start).toBeEnabled();
  });

  await test.step('an own network learns', async () => {
    await expect(panel.getByLabel('Network', { exact: true })).toHaveValue('own');
    for (const [name, value] of [
      ['Growth rate', '4'],
      ['Layers of each block', '1, 1'],
      ['First feature maps', '8'],
      ['Bottleneck', '2'],
      ['Images', '200'],
      ['Epochs', '2'],
      ['Batch', '20'],
    ] as const)
      await panel.getByLabel(name, { exact: true }).fill(value);
    await panel.getByLabel('First convolution').selectOption('imagenet');
    await expect(planner.getByText(/^Expected: /)).toBeVisible();
    await expect(start).toBeEnabled();
    await countLongTasks(page);
    await start.click();
    await ended(page);
    for (const name of [/^Loss over 2 epochs, now/, /^Accuracy over/, /^Learning rate over/, /^Images per second over/])
      await expect(panel.getByRole('img', { name })).toBeVisible();
  });

  await test.step('the confusion matrix adds up to the validation images', async () => {
    const table = panel.getByRole('table');
    await expect(table.getByRole('row')).toHaveCount(11);
    const counts = await table.locator('td:not(.share)').allTextContents();
    const sum = counts.reduce((total, cell) => total + Number(cell.replaceAll(',', '')), 0);
    const title = await panel.getByRole('heading', { name: /^Confusion matrix:/ }).textContent();
    expect(sum).toBe(Number(/([\d,]+) validation/.exec(title ?? '')?.[1]?.replaceAll(',', '')));
    await panel.getByRole('radio', { name: 'Shares of the row' }).check();
    await expect(table.locator('td').first()).toHaveText(/%$/);
    await panel
      .getByRole('button', { name: /^Show large: / })
      .first()
      .click();
    await expect(page.getByRole('dialog').getByText(/the loss is \d/)).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expectFits(page);
  });

  const tasks = await page.evaluate(() => (globalThis as { tasks?: number[] }).tasks);
  process.stdout.write(
    `longest tasks of the page while it trained: ${tasks?.map(Math.round).join(', ') || 'none'} ms\n`,
  );

  const before = await test.step('it is kept and used', async () => {
    const saved = page.waitForEvent('download');
    await panel.getByRole('button', { name: /^Download it/ }).click();
    const file = readSafetensors(await bytesOf(saved), 'download');
    expect(file.metadata.model_card).toContain('200 images of Fashion-MNIST');
    const curves = page.waitForEvent('download');
    await panel.getByRole('button', { name: /^Download the curves/ }).click();
    expect(new TextDecoder().decode(await bytesOf(curves))).toMatch(/^epoch,loss,.*\r\n/);
    await panel.getByRole('button', { name: 'Classify with it' }).click();
    await expect(page.getByText('Your network:')).toBeVisible({ timeout: 120_000 });
    await show(page, 'Train');
    return file;
  });

  await test.step('fine-tuning its classifier changes nothing else', async () => {
    await panel.getByRole('radio', { name: 'Fine-tune the network in use' }).check();
    await expect(panel.getByRole('radio', { name: 'The classifier only' })).toBeChecked();
    await panel.getByLabel('Epochs', { exact: true }).fill('1');
    await expect(planner.getByText(/of them are trained/)).toBeVisible();
    await expect(start).toBeEnabled();
    await start.click();
    await expect(panel.getByRole('button', { name: 'Stop' })).toBeVisible();
    await ended(page);
    const saved = page.waitForEvent('download');
    await panel.getByRole('button', { name: /^Download it/ }).click();
    const after = readSafetensors(await bytesOf(saved), 'download');
    const changed = [...before.tensors]
      .filter(([name]) => !name.endsWith('num_batches_tracked'))
      .filter(([name, { bytes }]) => !Buffer.from(bytes).equals(Buffer.from(after.tensors.get(name)?.bytes ?? [])));
    expect(changed.map(([name]) => name).sort()).toEqual(['classifier.bias', 'classifier.weight']);
    expect(after.metadata.model_card).toContain('fine-tuned');
  });
});
