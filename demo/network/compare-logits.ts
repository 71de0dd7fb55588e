// For whoever wants to see that the numbers are those of another program: the network's logits as a file.

import { useSignal } from '@preact/signals';
import { h } from 'preact';
import { pictureName } from '../classify/picture.ts';
import type { UsedNetwork } from '../classify/stage.ts';
import { download } from '../download.ts';
import { ErrorBanner } from '../errors/error-banner.ts';
import { type PageError, pageError } from '../errors/page-error.ts';
import type { FileSelection } from '../images/file-selection.ts';
import { FileButton } from '../images/give-images.ts';
import type { Page } from '../page.ts';
import { text } from '../text/text.ts';
import { logitsBytes, rowsOf, tensorLogits } from './logits-file.ts';

export function CompareLogits({ page, network }: { page: Page; network: UsedNetwork }) {
  const strings = text().weights.compare;
  const busy = useSignal(false);
  const error = useSignal<PageError | undefined>(undefined);
  const { classNames: classes } = network.loaded;
  const shown = page.shown.value;
  const result = shown?.network === network ? shown.result : undefined;
  const save = (input: string, logits: number[][]) =>
    download('logits.json', logitsBytes({ network: network.name, input, classes, logits }));
  const take = async ({ files: [first] }: FileSelection) => {
    if (!first) return;
    busy.value = true;
    error.value = undefined;
    try {
      save(first.file.name, await tensorLogits(page.engine.client, first.file, network.loaded));
    } catch (thrown) {
      error.value = pageError(thrown);
    } finally {
      busy.value = false;
    }
  };
  return h('details', { class: 'report' }, [
    h('summary', null, strings.title),
    h('p', { class: 'hint' }, strings.explained),
    h('div', { class: 'row' }, [
      h(
        'button',
        {
          type: 'button',
          disabled: !result || page.busy.value,
          onClick: () => {
            if (shown && result) save(pictureName(shown.picture), rowsOf(result.logits, classes.length));
          },
        },
        strings.picture,
      ),
      h(FileButton, { label: strings.tensor, accept: '.npy', disabled: busy.value, onSelect: take }),
    ]),
    error.value && h(ErrorBanner, { error: error.value }),
  ]);
}
