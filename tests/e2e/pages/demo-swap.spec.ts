// Another network under a picture: every state of the page is recorded as it is drawn, and none shows a number of one network
// beside the names of another.

import { join } from 'node:path';
import type { Page } from 'playwright/test';
import { packageRoot } from '../../../cli/host/package-root.ts';
import { expect, test } from './page-test.ts';

const golden = (name: string) => join(packageRoot, 'tests/golden/weights', name);

interface Drawn {
  /** The network panel's own words on which network is in use. */
  readonly network: string;
  /** Class and percentage of each bar, and the verdict. */
  readonly bars: readonly string[];
  readonly verdict: string;
  /** What the panel of explanations says. */
  readonly why: string;
  readonly waiting: string;
}

/** Records what is drawn whenever anything changes, and every 100 ms. */
async function record(page: Page): Promise<void> {
  await page.evaluate(() => {
    const textOf = (selector: string) => document.querySelector(selector)?.textContent ?? '';
    const states: Drawn[] = [];
    const look = () => {
      const state = {
        network: textOf('.weights .network [role=status]'),
        bars: [...document.querySelectorAll('.bars .bar')].map((bar) => bar.textContent ?? ''),
        verdict: textOf('.verdict'),
        why: textOf('.why-figure figcaption strong'),
        waiting: textOf('.answer > .hint[role=status]'),
      };
      if (JSON.stringify(state) !== JSON.stringify(states.at(-1))) states.push(state);
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
    setInterval(look, 100);
    look();
    Object.assign(globalThis, { drawn: states });
  });
}

test('no state of the page joins one network’s numbers with another’s names', async ({ openPage }) => {
  test.setTimeout(400_000);
  const page = await openPage('demo/');
  const bars = page.getByRole('region', { name: 'Classify' }).getByRole('radio');
  await expect(bars).toHaveCount(5, { timeout: 180_000 });
  const panel = page.getByRole('region', { name: 'Network', exact: true });
  await page.getByRole('combobox', { name: 'Method' }).selectOption('cam');
  await page.getByRole('button', { name: 'Explain', exact: true }).click();
  await expect(page.locator('.why-figure')).toBeVisible();
  const names: Record<string, string[]> = { 'The bundled network:': await classNames(page) };
  await record(page);
  const open = (...files: string[]) => panel.getByLabel('Open weights').setInputFiles(files.map(golden));

  await open('chest-x-ray.safetensors');
  await expect(bars).toHaveCount(18);
  names['chest-x-ray'] = await classNames(page);
  await open('timm.safetensors', 'timm-config.json');
  await expect(page.getByText('label 3', { exact: true })).toBeVisible();
  names.timm = await classNames(page);
  // Pictures are asked for while another network is on its way.
  await page.getByRole('button', { name: 'Use chest-x-ray' }).click();
  for (const sample of ['Bag', 'Coat', 'Dress'])
    await page
      .getByRole('button', { name: `${sample}, sample` })
      .first()
      .click();
  await expect(bars).toHaveCount(18);
  await page.getByRole('button', { name: 'Back to the bundled network' }).click();
  await expect(page.getByText('The bundled network:')).toBeVisible();
  await expect(bars).toHaveCount(5);

  const drawn: Drawn[] = await page.evaluate(() => Reflect.get(globalThis, 'drawn'));
  const networks = Object.keys(names);
  expect(networks.filter((name) => drawn.some(({ network }) => network.includes(name)))).toEqual(networks);
  for (const state of drawn) {
    const own = networks.find((name) => state.network.includes(name)) ?? '';
    const others = networks.filter((name) => name !== own).flatMap((name) => names[name] ?? []);
    const results = [...state.bars, state.verdict, state.why].join(' | ');
    for (const other of others) expect(results, JSON.stringify(state)).not.toContain(other);
    // A number stands only beside a class of the network in use, and while there is none the page says what it does.
    if (state.bars.length > 0) continue;
    expect(state).toMatchObject({ verdict: '', why: '', waiting: expect.stringMatching(/^Classifying with /) });
  }
  expect(drawn.some(({ waiting }) => waiting === 'Classifying with chest-x-ray …')).toBe(true);
});

/** Of the bundled network all, of another those that are listed. */
async function classNames(page: Page): Promise<string[]> {
  const names = await page.locator('.bars .bar .name').allTextContents();
  return names.filter((name) => name.length > 3);
}
