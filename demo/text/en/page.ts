export const page = {
  title: 'DenseNet on your GPU',
  lead: 'A densely connected network that says what a picture shows, points to where it sees that, and learns anew, all inside this page.',
  views: 'Views',
  view: { classify: 'Classify', train: 'Train', inside: 'Look inside', about: 'About' },
  noView: (asked: string) => `This page has no view called “${asked}”; this is the first one.`,
  noModel: (asked: string) => `This page has no network called “${asked}”; it uses the one that comes with it.`,
  language: 'Language',
  theme: 'Colours',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  starting: 'Starting the engine …',
  noEngine: 'No engine',
  computesOn: (gpu: string) => `Computes on ${gpu}.`,
  softwareGpu: 'It runs on the processor: right, but many times slower than a GPU.',
  nothingLeaves: 'Nothing leaves this machine: the page may talk only to where it came from.',
  sources:
    'Images: Fashion-MNIST by Zalando Research, MIT licence. Network: Huang et al., “Densely Connected Convolutional Networks”, 2017.',
} as const;
