// Numbers as the report writes them.

/** 0.912; an en dash for what is not defined. */
export const fixed = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits);

/** 91.2%. */
export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined || Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)}%`;

/** 12,345. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** Few digits and no more than it has: 0.1, 1e-5, 1.25. */
export const short = (value: number): string => {
  const text = String(Number(value.toPrecision(4)));
  return text.length <= (Math.abs(value) < 0.01 ? 4 : 8) ? text : value.toExponential(2).replace(/\.?0+e/, 'e');
};
