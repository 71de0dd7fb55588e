// What the page remembers between visits: a few short texts. A browser that keeps nothing (a private window, storage
// that is turned off) only forgets them.

const PREFIX = 'densenet-demo.';

export function setting(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/** @param value null forgets it */
export function storeSetting(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    // Nothing depends on it being remembered.
  }
}
