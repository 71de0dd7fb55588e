import type { Text } from '../text.ts';

export const classes: Text['classes'] = {
  'T-shirt/top': '티셔츠/상의',
  Trouser: '바지',
  Pullover: '풀오버',
  Dress: '원피스',
  Coat: '코트',
  Sandal: '샌들',
  Shirt: '셔츠',
  Sneaker: '운동화',
  Bag: '가방',
  'Ankle boot': '앵클부츠',
};
