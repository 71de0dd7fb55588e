// A device whose shaders do nothing: where what is tested is which promises settle, or how large buffers are, and not what is
// computed, compiling takes most of the time and shows nothing.

const NOTHING = '@compute @workgroup_size(1) fn main() {}';

/** From now on every pipeline of the device has the bindings that were asked for, and a shader that does nothing. */
export function makeIdle(device: GPUDevice): void {
  const { createShaderModule } = device;
  const value = (given: GPUShaderModuleDescriptor) => createShaderModule.call(device, { ...given, code: NOTHING });
  Object.defineProperty(device, 'createShaderModule', { value, configurable: true });
}
