/** Classes of the bundled networks, by the name that their files say. */
export const classes = {
  'T-shirt/top': 'T-shirt/top',
  Trouser: 'Trouser',
  Pullover: 'Pullover',
  Dress: 'Dress',
  Coat: 'Coat',
  Sandal: 'Sandal',
  Shirt: 'Shirt',
  Sneaker: 'Sneaker',
  Bag: 'Bag',
  'Ankle boot': 'Ankle boot',
} as const;
