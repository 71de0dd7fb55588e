export const webcam = {
  start: 'Webcam',
  stop: 'Stop the webcam',
  keep: 'Keep this picture',
  asking: 'The browser asks whether this page may use the camera …',
  live: 'The webcam’s picture with the heat map of the chosen class',
  camera: 'Camera',
  cameraNumber: (number: number) => `Camera ${number}`,
  mirror: 'Mirrored, as people see themselves (the network sees it as it is)',
  rate: (rate: string) => `${rate} pictures a second`,
  picture: 'Webcam picture',
  errors: {
    denied: 'The page may not use the camera. Allow it beside the address in the browser’s bar, then try again.',
    none: 'No camera was found. Plug one in, then try again.',
    busy: 'The camera cannot be opened: another program may be using it. Close that one, then try again.',
    insecure: 'Browsers give the camera only to secure pages: open this one over https or from localhost.',
    ended: 'The camera stopped giving pictures.',
  },
} as const;
