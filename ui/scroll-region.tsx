// A part of the page that scrolls by itself where it is too wide, as tables are.

import type { ComponentChildren } from 'preact';

interface ScrollRegionProps {
  readonly class: string;
  /** Its name; or the id of what names it. */
  readonly label?: string;
  readonly labelledBy?: string;
  readonly children: ComponentChildren;
}

export const ScrollRegion = ({ class: name, label, labelledBy, children }: ScrollRegionProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys scroll only what has the focus (WCAG 2.1.1)
  <div class={name} tabIndex={0} role="region" aria-label={label} aria-labelledby={labelledBy}>
    {children}
  </div>
);
