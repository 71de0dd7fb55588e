// WGSL -> CUDA C++ for ptxas: knows what the float32 convolution and pooling kernels use, and wgsl.h has WGSL's types and
// functions. It is compiled, never run; a text that it does not understand does not compile, which is reported.

/** WGSL's type in C++. */
function typeOf(wgsl: string): string {
  const name = wgsl.trim();
  const [, element, length] = /^array<(.+),\s*([^,]+)>$/.exec(name) ?? [];
  if (element !== undefined) return `arr<${typeOf(element)}, (${length})>`;
  const [, pointed] = /^ptr<function,\s*(.+)>$/.exec(name) ?? [];
  return pointed === undefined ? name : `${typeOf(pointed)}*`;
}

/** Fields or parameters between commas that are in no brackets. */
function listed(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of text) {
    if ('<('.includes(character)) depth++;
    if ('>)'.includes(character)) depth--;
    if (character === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part].map((found) => found.trim()).filter(Boolean);
}

/** `name: type` as `type name`, without attributes. */
const declared = (field: string): string => {
  const [, name = '', type = ''] = /(?:@builtin\(\w+\)\s*)?(\w+)\s*:\s*([\s\S]+)/.exec(field) ?? [];
  return `${typeOf(type)} ${name}`;
};

/** What the entry point's built-in values are in CUDA. */
function builtin(parameter: string): string {
  if (parameter.includes('local_invocation_index')) return 'threadIdx.x';
  if (parameter.includes('num_workgroups')) return 'vec3u{gridDim.x,gridDim.y,gridDim.z}';
  if (parameter.includes('global_invocation_id'))
    return 'vec3u{blockIdx.x*blockDim.x+threadIdx.x,blockIdx.y,blockIdx.z}';
  return 'vec3u{blockIdx.x,blockIdx.y,blockIdx.z}';
}

/** CUDA C++ of one kernel, `k`. */
export function toCuda(wgsl: string): string {
  const constants: string[] = [];
  const shared: string[] = [];
  const members: string[] = [];
  const structs: string[] = [];
  let threads = '';
  let call = '';
  const taken = (list: string[], line: string) => {
    list.push(line);
    return '';
  };
  const body = wgsl
    .replace(/\/\/.*$/gm, '')
    .replace(/\b(\d+\.\d*(?:e[-+]?\d+)?)\b(?!f)/g, '$1f')
    .replace(/\b(array<[^<>]+>)\(\)/g, (_, type: string) => `${typeOf(type)}{}`)
    .replace(/\bvec4<bool>/g, 'vec4b')
    .replace(/\bvec2<bool>/g, 'vec2b')
    .replace(/struct (\w+) \{([^}]*)\}/g, (_, name: string, fields: string) => {
      const lines = listed(fields).map((field) => `${declared(field)};`);
      return taken(structs, `struct ${name} { ${lines.join(' ')} };`);
    })
    .replace(
      /@group\(0\) @binding\(\d+\) var<storage, (\w+)> (\w+)\s*: array<([\w<>]+)>;/g,
      (_, access: string, name: string, element: string) =>
        taken(members, `${access === 'read' ? 'const ' : ''}${element}* __restrict__ ${name};`),
    )
    .replace(/@group\(0\) @binding\(\d+\) var<uniform> (\w+): (\w+);/g, (_, name: string, type: string) =>
      taken(members, `${type} ${name};`),
    )
    .replace(/var<workgroup> (\w+): array<(.+?), ([^;]+)>;/g, (_, name: string, element: string, length: string) =>
      taken(shared, `__shared__ ${typeOf(element)} ${name}[${length}];`),
    )
    .replace(
      /^const (\w+)(?:\s*:\s*(\w+))?\s*=\s*([^;]+);/gm,
      (_, name: string, type: string | undefined, value: string) =>
        taken(constants, `constexpr ${type ?? 'auto'} ${name} = ${value};`),
    )
    .replace(/\b(max|min|fma|select|dot|abs|sqrt|clamp|round)\(/g, 'W_$1(')
    .replace(/@compute @workgroup_size\((\w+)\)/, (_, size: string) => {
      threads = size;
      return '';
    })
    .replace(
      /fn (\w+)\(([\s\S]*?)\)\s*(?:->\s*([\w<>, ]+?))?\s*\{/g,
      (_, name: string, given: string, result: string | undefined) => {
        const parameters = listed(given);
        if (name === 'main') call = parameters.map(builtin).join(', ');
        return `DEV ${result ? typeOf(result) : 'void'} ${name}(${parameters.map(declared).join(', ')}) {`;
      },
    )
    .replace(/\bvar (\w+)\s*:\s*([^;=]+?)\s*;/g, (_, name: string, type: string) => `${typeOf(type)} ${name}{};`)
    .replace(/\bvar (\w+)\s*:\s*([^;=]+?)\s*=/g, (_, name: string, type: string) => `${typeOf(type)} ${name} =`)
    .replace(/\bvar (\w+)\s*=/g, 'auto $1 =')
    .replace(/\blet (\w+)\s*=/g, 'const auto $1 =')
    .replace(/\blet (\w+)\s*:\s*(\w+)\s*=/g, 'const $2 $1 =');
  const called = (lines: readonly string[]) => lines.join('\n').replace(/\b(max|min|select)\(/g, 'W_$1(');
  return [
    '#include "wgsl.h"',
    called(constants),
    structs.join('\n'),
    called(shared),
    `struct S {\n${members.join('\n')}\n${body}\n};`,
    `extern "C" __global__ void __launch_bounds__(${threads}) k(S s) { s.main(${call}); }`,
    '',
  ].join('\n');
}
