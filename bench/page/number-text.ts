// Numbers as the page shows them.

/** Three significant digits, and never an exponent. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value === 0 ? '0' : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}

export const mebibytes = (bytes: number): string => `${digits(bytes / 2 ** 20)} MiB`;
