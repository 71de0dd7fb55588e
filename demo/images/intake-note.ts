// What there is to say of the file that was given last: why it is refused, or how it was read.

import { h } from 'preact';
import { text } from '../text/text.ts';
import type { ImageInput } from './image-input.ts';
import { noteText, refusalText } from './refusal-text.ts';

export function InputNoteLine({ images }: { images: ImageInput }) {
  const note = images.note.value;
  const strings = text().images;
  if (!note) return null;
  if (note.kind === 'nothing') return h('p', { class: 'error-banner', role: 'alert' }, strings.nothing);
  if (note.kind === 'read') return h('p', { class: 'hint', role: 'status' }, note.notes.map(noteText).join(' '));
  return h('div', { class: 'error-banner', role: 'alert' }, [
    h('h2', null, strings.refused(note.name)),
    h('p', null, refusalText(note.refusal)),
  ]);
}
