// Which sources these are: the library's version, and the commit that a build of the page was made from.

import { version } from '../package.json';

/** Put in by the build. */
declare const BUILD_COMMIT: string | undefined;

export const VERSIONS = { 'densenet-webgpu': version };
export const buildCommit = (): string => (typeof BUILD_COMMIT === 'string' ? BUILD_COMMIT : 'unknown');
