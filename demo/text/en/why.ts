/** One sentence on what a method shows and one on what it does not. */
export const why = {
  title: 'Why this class?',
  lead: (name: string) =>
    `Where in the picture does the score of “${name}” come from? A score is the network’s output for a class before it becomes a probability (the logit). Each method asks the network in its own way.`,
  waiting: 'As soon as a picture is classified, this says where its class comes from.',
  method: 'Method',
  methods: {
    cam: 'Class activation map (CAM)',
    'grad-cam': 'Grad-CAM, at any block',
    'input-gradient': 'Input gradient',
    'input-x-gradient': 'Input × gradient',
    'smooth-grad': 'SmoothGrad',
    'integrated-gradients': 'Integrated gradients',
    occlusion: 'Occlusion',
  },
  shows: {
    cam: 'Shows how much each place of the network’s last feature maps adds to the score; together they make the score exactly.',
    'grad-cam':
      'Shows where a block found features that raise the score: its feature maps, each weighed by how strongly the score follows it on average.',
    'input-gradient': 'Shows which pixels the score reacts to most when each is changed a little.',
    'input-x-gradient':
      'Shows each pixel’s share of the score as if the network were linear: the pixel’s value times how strongly the score follows it.',
    'smooth-grad':
      'Shows which pixels the score reacts to, averaged over copies of the picture with random noise, which is steadier than one gradient.',
    'integrated-gradients':
      'Shows what each pixel adds to the score on the way from an empty picture (the training images’ mean) to this one; the shares add up to the difference of the scores.',
    occlusion: 'Shows how far the score falls when a patch at each place is covered with the training images’ mean.',
  },
  hides: {
    cam: 'It does not show details: it is as coarse as those maps.',
    'grad-cam':
      'It does not show what lowers the score, and in early blocks the average says little about a single place.',
    'input-gradient':
      'It does not show whether a pixel speaks for or against the class, nor what a larger change would do.',
    'input-x-gradient':
      'It does not add up to the score, as the network is not linear, and pixels at the mean get no share however much they matter.',
    'smooth-grad': 'It does not show for or against, and it explains the noisy copies as much as the picture itself.',
    'integrated-gradients': 'It does not show pixels that look like the empty picture, however much they matter.',
    occlusion:
      'It does not show what is seen in several places at once, and the network never learned from covered pictures.',
  },
  block: 'Output of',
  gradCamAt: (block: string) => `Grad-CAM at ${block}`,
  denseBlock: (number: number) => `dense block ${number}`,
  transition: (number: number) => `transition ${number}, behind block ${number}`,
  lastNorm: 'last batch normalisation (norm5)',
  samples: 'Noisy copies',
  steps: 'Steps on the way',
  explain: 'Explain',
  running: 'Explaining …',
  runningOf: (done: number, total: number) => `Explaining: ${done} of ${total} …`,
  progress: 'Progress of the explanation',
  cancel: 'Cancel',
  cancelled: 'Cancelled.',
  preempted: 'Ended, because the network was asked for something else. Explain again.',
  free: (time: string) => `The prediction left this behind; reading it took ${time}.`,
  took: (time: string) => `It took ${time}.`,
  adds: (sum: string, error: string) =>
    `The shares should add up to ${sum}; they miss it by ${error}. More steps bring them closer.`,
  figure: (method: string, name: string, picture: string) => `${method} for “${name}” on the picture (${picture})`,
  alone: (method: string, name: string) => `${method} for “${name}” alone`,
  opacity: 'Strength of the map',
  sideBySide: 'Side by side',
  warm: 'Warm',
  raises: ' raises the score, ',
  cool: 'cool',
  lowers: ' lowers it; nothing is drawn where there is nothing. Colours are relative to the strongest place.',
  least: 'least',
  most: 'most',
  savePng: 'Save as PNG',
  saveMap: 'Save the numbers (safetensors)',
} as const;
