import type { Text } from '../text.ts';

export const network: Text['network'] = {
  bundled: '기본 제공 신경망:',
  own: '내 신경망:',
  shape: (parameters, layers, growthRate) =>
    `파라미터 ${parameters}개, 블록별 층 수 ${layers}, 성장률(growth rate) ${growthRate}.`,
  learned: (images, epochs, right) =>
    `이미지 ${images}장으로 ${epochs}에포크 동안 학습했고, 처음 보는 이미지의 ${right}를 맞힙니다.`,
  learnedUntilStopped: (images, right) =>
    `이미지 ${images}장으로 중지할 때까지 학습했고, 처음 보는 이미지의 ${right}를 맞힙니다.`,
  back: '기본 제공 신경망으로 돌아가기',
};
