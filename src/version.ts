// The version of this library, as what it writes says it. A test holds it to package.json's.

export const VERSION = '0.1.0';
