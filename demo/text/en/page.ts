import { GPU_PROBLEMS, TURN_ON_WEBGPU } from '../../../ui/gpu-problem.ts';

export const errors = {
  retry: 'Try again',
  bundled: 'Start with the bundled network',
  kinds: {
    oldBrowser: {
      title: 'This browser is too old for this page.',
      help: 'Update it: Chrome and Edge from version 113, Firefox from 141 and Safari from 26 have all that is needed.',
    },
    ...GPU_PROBLEMS,
    notFinite: {
      title: 'The training diverged: its loss is no longer a number.',
      help: 'Lower the learning rate. Nothing of this run is saved or offered; an earlier state, if there was one, is under “Resume training”.',
    },
    noNumber: {
      title: 'The network’s output for this image is not a number.',
      help: 'So no class is shown. The message below says whether the image or the weights are the cause.',
    },
    config: { title: 'This setting is not possible.', help: 'Choose something else.' },
    data: { title: 'A file is damaged, or of another kind.', help: '' },
    state: { title: 'These weights do not fit the network.', help: '' },
    weights: {
      title: 'This file is not a DenseNet that this page supports.',
      help: 'Nothing has changed: the previous network is still in use.',
    },
    storage: { title: 'The browser’s storage failed.', help: '' },
    stopped: { title: 'The engine stopped.', help: 'Start it again.' },
    unknown: { title: 'An unexpected error occurred.', help: 'Reload the page.' },
  },
  turnOn: TURN_ON_WEBGPU,
} as const;

export const page = {
  title: 'DenseNet on your GPU',
  lead: 'A densely connected network that classifies images, shows where its answer comes from, and can be trained, all inside this page.',
  views: 'Views',
  view: { classify: 'Classify', train: 'Train', inside: 'Look inside', card: 'Model card', about: 'About' },
  noView: (asked: string) => `This page has no view called “${asked}”; showing the first one.`,
  noModel: (asked: string) => `This page has no network called “${asked}”; using the bundled one.`,
  language: 'Language',
  theme: 'Colours',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  opening: { worker: 'Starting the engine …', network: 'Loading the network and compiling its shaders …' },
  slow: 'Still compiling the shaders: on a software GPU this can take a minute …',
  again: (attempt: number) => `The GPU was lost or did not answer: attempt ${attempt} of 3.`,
  restarted: 'The GPU was lost. The engine was started again, and the picture classified anew.',
  deleted: (name: string) => `Deleted: ${name}`,
  undo: 'Undo',
  undoNamed: (name: string) => `Undo the deletion of ${name}`,
  noEngine: 'No engine',
  computesOn: (gpu: string) => `Running on ${gpu}.`,
  softwareGpu: 'Software rendering on the CPU: correct, but many times slower than a GPU.',
  nothingLeaves: 'Nothing leaves this machine: the page may only talk to the server it came from.',
  sources:
    'Images: Fashion-MNIST by Zalando Research, MIT licence. Network: Huang et al., “Densely Connected Convolutional Networks”, 2017.',
} as const;

export const card = {
  title: (name: string) => `Model card: ${name}`,
  none: 'No network is loaded yet.',
  file: 'File',
  bundled: 'The network that comes with this page',
  here: 'Trained in this page',
  given: 'Given as a file',
  training: 'Training',
  learned: (images: string, epochs: string) => `${images} training images, ${epochs} epochs`,
  stopped: 'It was stopped before the end.',
  accuracy: (share: string) => `${share} correct on the validation images`,
  unknown: 'The file does not say how it was trained, nor on what.',
  decisions: 'Decisions',
  largest: 'The class with the largest score is the answer.',
  half: 'No operating points are in the file: a score of 50% or more counts as a finding.',
  temperature: (temperature: string) => `Logits are divided by ${temperature} first (temperature scaling).`,
  points: 'Operating points',
  read: 'What was read from the file, and what was assumed',
  limits: 'Limits',
  limitsText:
    'The network gives every picture an answer, also those that it knows nothing of. Check it on images of your own before you rely on it. Not for diagnosis.',
  download: 'Download as Markdown',
} as const;

export const about = {
  what: {
    title: 'What this page is',
    text: 'A DenseNet is a neural network in which every layer of a block reads the outputs of all layers before it. This page runs one on your GPU through WebGPU: it classifies images, shows where in the image the answer comes from, and learns from examples. The engine behind it, its shaders and its tests against PyTorch are an open-source library, densenet-webgpu.',
  },
  privacy: {
    title: 'What leaves this machine: nothing',
    text: 'Images, weights and trained networks stay in this browser. The page’s security policy lets it talk only to the server that it came from, and it asks that server only for its own files. No analytics, no fonts or scripts from elsewhere. After the first visit it works offline.',
    hub: 'This page was built to load weights from huggingface.co too, but only when you ask for it.',
  },
  card: {
    title: 'The bundled network',
    architecture: 'Architecture',
    parameters: 'Parameters',
    learned: 'Trained on',
    accuracy: 'Accuracy',
    made: 'Made by',
    licence: 'Licence',
    limits: 'Intended use',
    shape: (layers: string, growthRate: number) =>
      `3x3 convolution at the start; dense blocks of ${layers} layers with bottlenecks; growth rate ${growthRate} (the channels that each layer adds)`,
    images: (images: string, epochs: number) =>
      `${images} images of the Fashion-MNIST sample, ${epochs} epochs, 25 November 2026`,
    right: (share: string) => `${share} of a validation set of 1,000 images`,
    licenceText: 'MIT, as the project; the images: Fashion-MNIST, Zalando Research, MIT',
    limitsText:
      'It shows a DenseNet at work. It knows ten kinds of clothing in grey images of 28 x 28 pixels and assigns everything to one of them. Do not base any decision on it.',
  },
  software: {
    title: 'Versions and licences',
    version: 'Version',
    commit: (commit: string) => `from commit ${commit}`,
    licence: 'This page and its engine: MIT licence. It contains Preact and its signals (MIT).',
  },
  links: {
    title: 'Further reading',
    densenet: 'Densely Connected Convolutional Networks (Huang, Liu, van der Maaten, Weinberger, 2017)',
    cam: 'Learning Deep Features for Discriminative Localization (Zhou and others, 2016): class activation maps',
    fashion: 'Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017)',
    webgpu: 'WebGPU, the standard',
  },
} as const;

export const selfTest = {
  title: 'Self-test of this GPU',
  lead: 'Drivers have bugs. This runs three small networks on your GPU, forward and backward, and compares every result with PyTorch’s, and every pass with double precision. On a software GPU it takes a minute or two.',
  start: 'Test this GPU',
  running: (network: string) => `Testing: ${network} …`,
  passed: 'All results agree with PyTorch’s: this GPU computes correctly.',
  passedWithFlips:
    'This GPU computes correctly: where results differ from PyTorch’s, values next to zero were rounded to the other side of a ReLU.',
  distrusted: 'Results on this GPU cannot be trusted: it failed the self-test.',
  see: 'What failed, and test again',
  networks: {
    plain: 'a plain DenseNet',
    bottleneck: 'a DenseNet with bottlenecks (BC)',
    imagenet: 'a DenseNet for larger images',
  },
  columns: {
    group: 'What was compared',
    tensors: 'Tensors',
    error: 'Largest error',
    allowed: 'Allowed',
    times: 'PyTorch’s own error',
    verdict: 'Verdict',
  },
  explained:
    'Errors are relative: the L2 norm of the difference from PyTorch’s result in double precision, divided by the L2 norm of that result. The table says how many times PyTorch’s own error in single precision they are.',
  groups: {
    'eval.logits': 'scores when classifying (logits)',
    'train.logits': 'scores while training (logits)',
    'train.loss': 'loss',
    'grad.input': 'gradient of the image',
    grad: 'gradients of the weights',
    running: 'running statistics of batch normalisation',
    'steps.loss': 'loss over three steps of training',
    after: 'weights after three steps of training',
  },
  certificate: {
    exact: (passes: number) => `Certificate: exact. All ${passes} passes agree with double precision.`,
    'exact with flips': (passes: number, flips: number) =>
      `Certificate: exact with ${flips} ${flips === 1 ? 'flip' : 'flips'}. All ${passes} passes agree with double precision; ${flips === 1 ? 'one number lies' : 'some numbers lie'} so close to zero that rounding decides on which side of a ReLU:`,
    wrong: () => 'Certificate: wrong. The first thing that is:',
  },
  times: (times: string) => `${times} times`,
  right: 'right',
  wrong: 'wrong',
  notANumber: 'not a number',
} as const;
