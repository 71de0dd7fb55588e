// Numbers as people read them.

/** 7978856 -> 7,978,856. */
export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');

/** Bytes in the unit that suits them: 26.3 MB. */
export const megabytes = (bytes: number): string =>
  bytes < 1e3
    ? `${Math.round(bytes)} B`
    : bytes < 1e5
      ? `${(bytes / 1e3).toFixed(1)} kB`
      : `${(bytes / 1e6).toFixed(1)} MB`;

const PREFIXES = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
] as const;

/** 2.83e9 -> 2.83 G, with the unit behind it: 2.83 GFLOP. */
export function withPrefix(value: number, unit = ''): string {
  const [scale, prefix] = PREFIXES.find(([least]) => value >= least) ?? [1, ''];
  return `${(value / scale).toPrecision(3)} ${prefix}${unit}`.trimEnd();
}

/** Seconds as people say them: 3.2 s, 2 min 05 s. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
    : `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

/** Seconds in little space: 0:07, 12:30, 1:02:09. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** 0.8512 -> 85.1%. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** Three significant digits, and never an exponent. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value === 0 ? '0' : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
}

export const mebibytes = (bytes: number): string => `${digits(bytes / 2 ** 20)} MiB`;
