// What there is to say of the file that was given last: why it is refused, or how it was read.

import { h } from 'preact';
import { text } from '../text/text.ts';
import type { ImageIntake } from './intake.ts';
import { noteText, refusalText } from './refusal-text.ts';

export function IntakeNoteLine({ images }: { images: ImageIntake }) {
  const note = images.note.value;
  const words = text().images;
  if (!note) return null;
  if (note.kind === 'nothing') return h('p', { class: 'trouble', role: 'alert' }, words.nothing);
  if (note.kind === 'read') return h('p', { class: 'hint', role: 'status' }, note.notes.map(noteText).join(' '));
  return h('div', { class: 'trouble', role: 'alert' }, [
    h('h2', null, words.refused(note.name)),
    h('p', null, refusalText(note.refusal)),
  ]);
}
