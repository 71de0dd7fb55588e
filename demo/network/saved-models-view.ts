// The networks that the browser keeps: to use, and to delete, which can be undone.

import { h } from 'preact';
import type { Page } from '../page.ts';
import { format, text } from '../text/text.ts';
import type { SavedModel } from './saved-models.ts';

export function SavedModels({ page }: { page: Page }) {
  const strings = text().weights;
  const { saved, space } = page.networks;
  const { bytes } = format();
  const { columns } = strings;
  return h('div', { class: 'saved-models' }, [
    h('h3', { id: 'saved-models-title' }, strings.saved),
    saved.value.length === 0
      ? h('p', { class: 'hint' }, strings.none)
      : h(
          'div',
          { class: 'scroll', tabIndex: 0, role: 'region', 'aria-labelledby': 'saved-models-title' },
          h('table', { 'aria-labelledby': 'saved-models-title' }, [
            h(
              'thead',
              null,
              h(
                'tr',
                null,
                [columns.name, columns.size, columns.classes, 'SHA-256', columns.actions].map((title) =>
                  h('th', { key: title, scope: 'col' }, title),
                ),
              ),
            ),
            h(
              'tbody',
              null,
              saved.value.map((network) => h(SavedModelRow, { key: network.name, page, network })),
            ),
          ]),
        ),
    space.value &&
      saved.value.length > 0 &&
      h('p', { class: 'hint' }, strings.space(bytes(space.value.used), bytes(space.value.allowed))),
  ]);
}

interface RowProps {
  readonly page: Page;
  readonly network: SavedModel;
}

function SavedModelRow({ page, network }: RowProps) {
  const strings = text().weights;
  const { networks } = page;
  const { bytes, count } = format();
  const { name, description } = network;
  const own = networks.ownOf(page.network.value);
  const inUse = own?.saved === true && own.name === name;
  const disabled = networks.work.value !== undefined || !page.network.value;
  const hash = description?.sha256 ?? '';
  return h('tr', null, [
    h('th', { scope: 'row' }, name),
    h('td', { class: 'number' }, bytes(network.bytes)),
    h('td', { class: 'number' }, description ? count(description.classes) : ''),
    h('td', null, h('code', { title: hash, class: 'hash' }, hash)),
    h('td', null, [
      inUse
        ? h('strong', null, strings.inUse)
        : h(
            'button',
            { type: 'button', disabled, 'aria-label': strings.useNamed(name), onClick: () => networks.use(name) },
            strings.use,
          ),
      ' ',
      h(
        'button',
        { type: 'button', disabled, 'aria-label': strings.removeNamed(name), onClick: () => networks.remove(name) },
        strings.remove,
      ),
    ]),
  ]);
}
