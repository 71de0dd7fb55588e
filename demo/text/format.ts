// Numbers for people: counts, shares, bytes and durations as a language writes them.

export interface Format {
  /** A whole number with its thousands marked. */
  count(value: number): string;
  /** Three digits and a word for the power: 2.83 billion. */
  compact(value: number): string;
  /** With so many digits after the point. */
  decimal(value: number, digits: number): string;
  /** A share of one: `0.821` is "82.1%" with one digit. */
  percent(share: number, digits?: number): string;
  /** In the unit, a power of 1000, that leaves at least one whole digit. */
  bytes(bytes: number): string;
  /** A moment, in milliseconds since 1970, as date and time, and as the time of day. */
  dateTime(at: number): string;
  time(at: number): string;
  /** From a tenth of a millisecond to hours, in the one or two units that matter. */
  duration(milliseconds: number): string;
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** @param locale a language tag of Intl */
export function formatIn(locale: string): Format {
  const number = (value: number, options: Intl.NumberFormatOptions) =>
    new Intl.NumberFormat(locale, options).format(value);
  const digits = (count: number) => ({ minimumFractionDigits: count, maximumFractionDigits: count });
  const unit = (value: number, name: string, count: number) =>
    number(value, { style: 'unit', unit: name, unitDisplay: 'short', ...digits(count) });

  return {
    count: (value) => number(value, digits(0)),
    compact: (value) => number(value, { notation: 'compact', compactDisplay: 'long', maximumSignificantDigits: 3 }),
    decimal: (value, count) => number(value, digits(count)),
    percent: (share, count = 0) => number(share, { style: 'percent', ...digits(count) }),
    bytes(bytes) {
      // By what is shown: 999,999 bytes are 1.00 MB and not 1000 kB.
      const rounded = Number(Math.abs(bytes).toPrecision(3));
      const power = rounded < 1 ? 0 : Math.min(Math.floor(Math.log10(rounded) / 3), BYTE_UNITS.length - 1);
      const value = bytes / 1000 ** power;
      return unit(value, BYTE_UNITS[power] ?? 'byte', power === 0 ? 0 : after(value));
    },
    dateTime: (at) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(at),
    time: (at) => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(at),
    duration(milliseconds) {
      const seconds = milliseconds / 1000;
      if (milliseconds < 9.95) return unit(milliseconds, 'millisecond', 1);
      if (milliseconds < 999.5) return unit(milliseconds, 'millisecond', 0);
      if (seconds < 9.95) return unit(seconds, 'second', 1);
      if (seconds < 59.5) return unit(seconds, 'second', 0);
      const whole = Math.round(seconds);
      if (whole < 3600) return `${unit(Math.floor(whole / 60), 'minute', 0)} ${unit(whole % 60, 'second', 0)}`;
      const minutes = Math.round(seconds / 60);
      return `${unit(Math.floor(minutes / 60), 'hour', 0)} ${unit(minutes % 60, 'minute', 0)}`;
    },
  };
}

/** Digits after the point that make three in all. */
const after = (value: number) => Math.max(0, 2 - Math.floor(Math.log10(Math.max(1, Math.abs(value)))));
