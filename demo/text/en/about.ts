export const about = {
  what: {
    title: 'What this page is',
    text: 'A DenseNet is a neural network in which every layer of a block reads what all the layers before it made. This page runs one on your GPU through WebGPU: it classifies pictures, shows where in the picture the answer comes from, and learns from examples. The engine behind it, its shaders and its proofs against PyTorch are an open-source library, densenet-webgpu.',
  },
  privacy: {
    title: 'What leaves this machine: nothing',
    text: 'Pictures, weights and what is learned stay in this browser. The page’s security policy lets it talk only to the server that it came from, and it asks that server for nothing but its own files. No analytics, no fonts or scripts from elsewhere. After the first visit it opens without a network.',
    hub: 'As it was built, this page may also load weights from huggingface.co, and only when you ask for it.',
  },
  card: {
    title: 'The network that comes with it',
    architecture: 'Architecture',
    parameters: 'Parameters',
    learned: 'Learned from',
    accuracy: 'Accuracy',
    made: 'Made by',
    licence: 'Licence',
    limits: 'What it is for',
    shape: (layers: string, growthRate: number) =>
      `3x3 convolution at the start; dense blocks of ${layers} layers with bottlenecks; growth rate ${growthRate} (the channels that each layer adds)`,
    images: (images: string, epochs: number) =>
      `${images} pictures of the Fashion-MNIST sample, ${epochs} times each, 25 November 2026`,
    right: (share: string) => `${share} of 1,000 test images that it never saw`,
    licenceText: 'MIT, as the project; the images: Fashion-MNIST, Zalando Research, MIT',
    limitsText:
      'It shows a DenseNet at work. It knows ten kinds of clothes in grey pictures of 28 x 28 pixels and calls everything one of them. It is not meant for any decision.',
  },
  software: {
    title: 'Versions and licences',
    version: 'Version',
    commit: (commit: string) => `from commit ${commit}`,
    licence: 'This page and its engine: MIT licence. It contains Preact and its signals (MIT).',
  },
  links: {
    title: 'To read on',
    densenet: 'Densely Connected Convolutional Networks (Huang, Liu, van der Maaten, Weinberger, 2017)',
    cam: 'Learning Deep Features for Discriminative Localization (Zhou and others, 2016): class activation maps',
    fashion: 'Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017)',
    webgpu: 'WebGPU, the standard',
  },
} as const;
