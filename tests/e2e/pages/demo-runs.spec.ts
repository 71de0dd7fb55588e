// A training that outlives its page: kept while it runs, offered after the page was closed, in one tab at a time, paused and
// resumed; and at its end the very bytes of the training that nobody interrupted.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright/test';
import { expect, expectFits, KEEP_DEVICES, loseDevices, test } from './page-test.ts';

const panelOf = (page: Page) => page.getByRole('region', { name: 'Train', exact: true });
const runsOf = (page: Page) => page.getByRole('region', { name: 'Resume training' });
const expectMessage = (page: Page, message: RegExp) =>
  expect(panelOf(page).getByText(message)).toBeVisible({ timeout: 300_000 });

/** A run of half a minute or more on a software GPU. */
async function start(page: Page): Promise<void> {
  const panel = panelOf(page);
  await expect(panel.getByRole('button', { name: 'Start training' })).toBeEnabled({ timeout: 300_000 });
  for (const [name, value] of [
    ['Growth rate', '4'],
    ['Layers of each block', '1, 1'],
    ['First feature maps', '8'],
    ['Bottleneck', '2'],
    ['Images', '400'],
    ['Epochs', '8'],
    ['Batch', '20'],
    ['Dropout', '0.1'],
  ] as const)
    await panel.getByLabel(name, { exact: true }).fill(value);
  await panel.getByLabel('First convolution').selectOption('imagenet');
  await expect(panel.getByText(/^Fits:/)).toBeVisible();
  await panel.getByRole('button', { name: 'Start training' }).click();
}

async function result(page: Page): Promise<Buffer> {
  await expectMessage(page, /^Done\.$/);
  const saved = page.waitForEvent('download');
  await panelOf(page)
    .getByRole('button', { name: /^Download it/ })
    .click();
  return readFile(await (await saved).path());
}

test('a training whose page was closed resumes exactly, in one tab, and can be paused', async ({ openPage }, info) => {
  test.setTimeout(900_000);
  const first = await openPage('demo/#train', { prelude: KEEP_DEVICES });
  await start(first);
  await expectMessage(first, /^Saved in this browser at /);
  await first.close();

  const page = await openPage('demo/#train', { beside: first, prelude: KEEP_DEVICES });
  const runs = runsOf(page);
  const resume = runs.getByRole('button', { name: 'Resume' });
  await expect(resume).toBeEnabled({ timeout: 300_000 });
  await expect(runs.getByText(/growth rate 4, learning from 400 images.*epoch \d+ of 8/)).toBeVisible();
  await expectFits(page);
  await page.screenshot({ path: info.outputPath('go-on.png') });
  await resume.click();
  await expectMessage(page, /^Training …$/);

  const other = await openPage('demo/#train', { beside: page, width: 390 });
  await expect(runsOf(other).getByText('Another tab is training this one.')).toBeVisible();
  await expect(runsOf(other).getByRole('button', { name: 'Resume' })).toBeDisabled();
  await expectFits(other);
  await other.screenshot({ path: info.outputPath('another-tab.png') });
  await other.close();

  await panelOf(page).getByRole('button', { name: 'Pause' }).click();
  await expectMessage(page, /^Paused\./);
  await page.screenshot({ path: info.outputPath('paused.png') });
  await resume.click();
  await expectMessage(page, /^Training …$/);
  // The GPU goes away: what was kept stays.
  await loseDevices(page);
  await expect(resume).toBeEnabled({ timeout: 300_000 });
  await resume.click();
  const interrupted = await result(page);
  await expect(runs).toHaveCount(0);

  await start(page);
  expect(Buffer.compare(interrupted, await result(page)), 'the same bytes as in one go').toBe(0);
});
