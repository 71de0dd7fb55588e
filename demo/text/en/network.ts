export const network = {
  bundled: 'The bundled network:',
  own: 'Your network:',
  shape: (parameters: string, layers: string, growthRate: number) =>
    `${parameters} parameters, blocks of ${layers} layers, growth rate ${growthRate}.`,
  learned: (images: string, epochs: number, right: string) =>
    `It learned from ${images} images in ${epochs} epochs and is right on ${right} of images it never saw.`,
  learnedUntilStopped: (images: string, right: string) =>
    `It learned from ${images} images until it was stopped and is right on ${right} of images it never saw.`,
  back: 'Back to the bundled network',
} as const;
