export const data = {
  title: 'Data to learn from',
  source: {
    sample: 'The sample (Fashion-MNIST)',
    own: 'Your own images: a folder, files, the webcam',
    files: 'Files of a data set: MNIST and its like, CIFAR',
  },
  summary: (name: string, classes: string, training: string, validation: string) =>
    `${name}: ${classes} classes, ${training} images to learn from and ${validation} held out to test on.`,
  moreClasses: (count: string) => `and ${count} more`,
  fixed: (width: number, height: number, grey: boolean) =>
    `Each has ${width} × ${height} pixels, ${grey ? 'grey' : 'in colour'}.`,
  memory: (bytes: string) => `Besides, the images take ${bytes} of this computer’s memory.`,
  tooMuchMemory: (bytes: string, most: string) =>
    `The images take ${bytes} of this computer’s memory, more than the ${most} that this page uses: choose a smaller input, grey, or fewer images.`,
  resized: 'They are resized to what the network takes; the middle is used where the shape differs.',
  saving: {
    saved: (count: string, bytes: string) =>
      `${count} images are kept in this browser (${bytes}), also when this page is closed.`,
    left: (count: string) => `There is no room for the other ${count}: give them again at the next visit.`,
    elsewhere: 'Another tab keeps its images in this browser. Those of this tab are not kept while it is open.',
    unsaved: 'These images are not kept: when this page is closed, they are gone from it.',
  },
  files: {
    what: 'Drop or choose IDX files, one of images and one of labels, with or without .gz, or CIFAR’s .bin files. Those with “t10k”, “test” or “val” in their names are held out; without such, a fifth of every class is.',
    choose: 'Choose files …',
  },
  folder: {
    what: 'Drop a folder that has a folder for each class, also under train and test. Or add classes and fill them with files or from the webcam.',
    choose: 'Choose a folder …',
    clear: 'Remove all',
    loose: (count: string) => `${count} files lie in no class folder and were skipped.`,
    unused: (count: string) =>
      `${count} files in the test folder were left aside: the validation folder is what is held out.`,
  },
  card: {
    list: 'Classes',
    pages: 'Pages of classes',
    add: 'Add a class',
    newName: (number: number) => `Class ${number}`,
    name: 'Name of the class',
    include: 'Use it',
    counts: (training: string, validation: string) => `${training} to learn from, ${validation} held out`,
    camera: 'The webcam’s picture',
    how: 'Hold a class’s button to record pictures of it, some from every side. With a keyboard, hold the space bar on it.',
    hold: 'Hold to record',
    recording: 'Recording …',
    record: (name: string) => `Hold to record ${name}`,
    files: (name: string) => `Add files to ${name} …`,
    remove: (name: string) => `Remove the class ${name}`,
    removeShort: 'Remove',
    delete: (name: string) => `Delete ${name}`,
    unreadable: 'not readable',
    more: (count: string) => `Show more of the other ${count}`,
  },
  problem: {
    noClass: 'No class yet: drop a folder of class folders, or add two classes.',
    oneClass: 'One class alone cannot be told from anything: add another one.',
    emptyClass: (name: string) => `“${name}” has no image: add some, or do not use it.`,
    oneImage: (name: string) => `“${name}” has one image; it takes two at least, one to learn from and one to test on.`,
    noTraining: (name: string) => `“${name}” has only images that are held out, and none to learn from.`,
    noValidation: 'No image is held out to test on: put some in a folder test beside train.',
    sameName: (name: string) => `Two classes are called “${name}”: rename one.`,
    noName: 'A class has no name: give it one.',
  },
} as const;
