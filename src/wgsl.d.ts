// A `.wgsl` file imported with `?raw` is its text; vite and vitest resolve it.
declare module '*.wgsl?raw' {
  const source: string;
  export default source;
}
