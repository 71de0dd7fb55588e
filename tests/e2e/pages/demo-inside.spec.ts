// Look inside as a learner would: choose a layer by keyboard, see what it wrote and how it is made, switch connections
// off and see accuracy fall, change a lesson's numbers. One load of the page for all of it.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright/test';
import { expect, expectFits, test } from './page-test.ts';

const section = (page: Page, name: string | RegExp) => page.getByRole('region', { name });
const right = (page: Page, term: string) =>
  section(page, 'Feature reuse').locator('dl > div').filter({ hasText: term }).getByRole('definition');

test('a network is looked into: buffer, layer, reuse, connections off, lessons', async ({ openPage }) => {
  test.setTimeout(400_000);
  const page = await openPage('demo/#inside?block=3&layer=2');
  const block = section(page, 'One block, one buffer');
  await expect(block).toBeVisible({ timeout: 180_000 });

  await test.step('the address chose the layer, and the arrow keys choose another', async () => {
    // The address chose the layer; the arrow keys choose another, and the address follows.
    const layers = block.getByRole('group', { name: /^Choose who reads/ }).getByRole('radio');
    await expect(layers).toHaveCount(6);
    await expect(layers.nth(2)).toBeChecked();
    await layers.nth(2).focus();
    await page.keyboard.press('ArrowDown');
    await expect(layers.nth(3)).toBeChecked();
    await expect(page).toHaveURL(/#inside\?block=3&layer=3$/);
    await expect(block.getByText(/^Layer 3 reads channels 0–\d+: \d+ × 7 × 7/)).toBeVisible();
    const copies = section(page, 'What copying would have cost');
    const fact = (name: string) => copies.locator('dl > div').filter({ hasText: name }).getByRole('definition');
    await expect(fact('Here, by the plan that runs')).toHaveText('0 byte');
    const costs = await fact('With copying').textContent();
    await copies.getByLabel('Images at a time').selectOption('256');
    await expect(fact('With copying')).not.toHaveText(costs ?? '');
  });

  await test.step('what it wrote: a map for each channel, and the filter of the chosen one', async () => {
    // What it wrote: a map for each of its eight channels, and the filter of the one that is chosen.
    const layer = section(page, 'Inside: Layer 3');
    const maps = layer.getByRole('group', { name: /^Feature maps/ }).getByRole('radio', { name: /^channel \d+, from/ });
    await expect(maps).toHaveCount(8);
    await maps.nth(1).focus();
    await page.keyboard.press('ArrowRight');
    await expect(maps.nth(2)).toBeChecked();
    await expect(layer.getByText(/^3×3 convolution: the filter of channel \d+/)).toBeVisible();
    await expect(layer.getByRole('img', { name: /^Table of weights, 16 rows/ })).toBeVisible();
    await expect(layer.getByRole('row').filter({ hasText: '1×1 convolution' })).toContainText(/[1-9][\d,]+/);
    await expect(layer.getByText('measuring …')).toHaveCount(0);
    const before = await maps.first().getAttribute('aria-label');
    await page
      .getByRole('button', { name: /^Trouser, sample/ })
      .first()
      .click();
    await expect.poll(() => maps.first().getAttribute('aria-label')).not.toBe(before);
  });

  await test.step('connections are switched off by keyboard, and accuracy falls', async () => {
    // Everything that reads what came into the first block is switched off by keyboard, and accuracy falls.
    await block.getByRole('radio', { name: /^Block 1/ }).check();
    const reuse = section(page, 'Feature reuse');
    await reuse.getByLabel('Images').selectOption('100');
    await expect(right(page, 'Accuracy as it is')).toHaveText(/^\d+\.\d%$/, { timeout: 120_000 });
    const share = async (term: string) => Number.parseFloat((await right(page, term).textContent()) ?? '');
    const whole = await share('Accuracy as it is');
    expect(whole).toBeGreaterThan(65);
    await reuse.getByRole('gridcell', { name: /^Layer 1 uses/ }).focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await expect(reuse.getByRole('gridcell', { name: /switched off$/ })).toHaveCount(2);
    await expect(reuse.getByRole('status')).toContainText('percentage points fewer', { timeout: 120_000 });
    expect(await share('Accuracy without them')).toBeLessThan(whole - 20);
    await reuse.getByRole('button', { name: 'Switch all on again' }).click();
    await expect(reuse.getByRole('gridcell', { name: /switched off$/ })).toHaveCount(0);
    await expect(right(page, 'Accuracy without them')).toHaveText(`${whole.toFixed(1)}%`);
  });

  await test.step('a lesson follows its numbers', async () => {
    // The first lesson: other parts, the same sum; and a number that is changed changes it.
    const lesson = page.getByRole('article', { name: /^1\. Concatenation/ });
    const sum = lesson.getByRole('table', { name: 'Added: 1 channel' });
    const first = lesson.getByLabel('Map A, row 1, column 1');
    const [sumBefore, partBefore] = [await sum.textContent(), await first.inputValue()];
    await lesson.getByRole('button', { name: 'Other parts with the same sum' }).click();
    expect(await first.inputValue()).not.toBe(partBefore);
    expect(await sum.textContent()).toBe(sumBefore);
    await first.fill('100');
    expect(await sum.textContent()).not.toBe(sumBefore);
  });

  await test.step('on a narrow screen, in Korean, it fits and is accessible', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByLabel('Language').selectOption('한국어');
    await expect(page.getByRole('region', { name: '블록 하나에 버퍼 하나' })).toBeVisible();
    await expectFits(page);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  });
});
