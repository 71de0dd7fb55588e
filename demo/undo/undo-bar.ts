// What was deleted a moment ago, at the foot of the window, each with the way to have it back.

import { h } from 'preact';
import { text } from '../text/text.ts';
import type { Undo } from './undo.ts';
import './undo.css';

export function UndoBar({ undo }: { undo: Undo }) {
  const strings = text().page;
  return h(
    'div',
    { class: 'undo', role: 'status' },
    undo.offers.value.map((deletion) =>
      h('p', { key: deletion }, [
        strings.deleted(deletion.name),
        ' ',
        h(
          'button',
          { type: 'button', 'aria-label': strings.undoNamed(deletion.name), onClick: () => undo.undo(deletion) },
          strings.undo,
        ),
      ]),
    ),
  );
}
