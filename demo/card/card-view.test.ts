import { expect, it } from 'vitest';
import { markdown } from './card-view.tsx';

it('the Markdown of a card has its rows, and names in it are no markup', () => {
  const text = markdown('Model card: a_b', [
    {
      title: '',
      rows: [
        ['SHA-256', 'ab'],
        ['File', '<script>`x`'],
      ],
    },
    { title: 'Limits', lines: ['One.', '[two](three) | *four* # five'] },
  ]);
  expect(text).toBe(
    [
      '# Model card: a\\_b',
      '',
      '- **SHA-256**: ab',
      '- **File**: \\<script\\>\\`x\\`',
      '',
      '## Limits',
      '',
      'One.',
      '',
      '\\[two\\](three) \\| \\*four\\* \\# five',
      '',
    ].join('\n'),
  );
});
