export const MUTATIONS = [
  // One wrong sign.
  { kernel: 'conv1x1/forward', from: 'fma(vec4f(w[', to: 'fma(-vec4f(w[' },
  { kernel: 'transition/pool-backward', from: 'out[at] = norm.x * g', to: 'out[at] = -norm.x * g' },
  { kernel: 'statistics/finalize-backward', from: 'let dbeta = sum.x', to: 'let dbeta = -sum.x' },
  // A lost column beside the tile, or at the map's edge.
  { kernel: 'conv3x3/forward', from: 'exists && column > 0u)', to: 'exists && column > 900u)' },
  { kernel: 'conv3x3/backward-data', from: 'column + j < shape.width)', to: 'column + j + 1u < shape.width)' },
  { kernel: 'conv3x3/backward-weight', from: 'at <= shape.width', to: 'at < shape.width' },
  // A ReLU that is its own opposite on the way back.
  { kernel: 'head/pool-backward', from: 'passes(fma(', to: '!passes(fma(' },
] as any;
