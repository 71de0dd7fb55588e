// Workaround, to be imported before uPlot. Cause: uPlot 1.6.32 hands `navigator.language` to Intl.NumberFormat when its
// module is loaded, and that throws for a tag that is none. Chromium under the POSIX locale calls itself `en-US@posix`
// (seen with Chromium 147 on Linux with LANG unset): the whole page would stay empty. It may go when uPlot takes its
// language from an option or catches the error.

try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
}

export {};
