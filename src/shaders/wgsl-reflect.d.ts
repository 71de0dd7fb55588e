// wgsl_reflect 1.6.0 names a CommonJS file as its entry for Node and calls it an ES module, so Node cannot load it;
// tests import the file that bundlers get, which has the same exports.
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export * from 'wgsl_reflect';
}
