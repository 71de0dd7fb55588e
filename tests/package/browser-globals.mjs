// Imported ahead of a snippet that is written for a browser: under Node.js, Dawn stands in for `navigator.gpu`. There is no
// database; the autotune cache has to do without.
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', {
  value: { gpu: create(['enable-dawn-features=allow_unsafe_apis,disable_workgroup_init']), userAgent: 'Node.js' },
  configurable: true,
});
globalThis.indexedDB = {
  open() {
    throw new Error('there is no database under Node.js');
  },
};
