import type { Text } from '../text.ts';

export const selfTest: Text['selfTest'] = {
  title: '이 GPU의 자가 진단',
  lead: '드라이버에는 버그가 있을 수 있습니다. 작은 신경망 세 개를 내 GPU에서 순전파와 역전파로 계산하고, 모든 결과를 PyTorch가 계산한 값과 비교합니다. 프로세서가 흉내 내는 GPU에서는 일이 분 걸립니다.',
  start: '이 GPU 진단하기',
  running: (network) => `진단 중: ${network} …`,
  passed: '모든 결과가 PyTorch와 일치합니다. 이 GPU는 정확하게 계산합니다.',
  distrusted: '이 GPU의 결과는 믿을 수 없습니다. 자가 진단을 통과하지 못했습니다.',
  see: '무엇이 틀렸는지 보고 다시 진단하기',
  networks: {
    plain: '기본 DenseNet',
    bottleneck: '병목 층이 있는 DenseNet(DenseNet-BC)',
    imagenet: '더 큰 이미지를 위한 DenseNet',
  },
  columns: {
    group: '비교한 값',
    tensors: '텐서 수',
    error: '최대 오차',
    allowed: '허용 오차',
    times: 'PyTorch 자체 오차 대비',
    verdict: '판정',
  },
  explained:
    '오차는 상대 오차입니다. PyTorch가 배정밀도로 계산한 값과의 차이의 크기를 그 값의 크기로 나눕니다(L2 노름). PyTorch 자체 오차는 PyTorch를 단정밀도로 계산했을 때의 오차이며, 표에는 우리 오차가 그 몇 배인지 나옵니다.',
  groups: {
    'eval.logits': '분류할 때의 점수(로짓)',
    'train.logits': '학습할 때의 점수(로짓)',
    'train.loss': '손실',
    'grad.input': '입력 이미지에 대한 기울기',
    grad: '가중치에 대한 기울기',
    running: '배치 정규화의 이동 통계량',
    'steps.loss': '세 스텝 학습하는 동안의 손실',
    after: '세 스텝 학습한 뒤의 가중치',
  },
  times: (times) => `${times}배`,
  right: '정상',
  wrong: '오류',
  notANumber: '숫자 아님',
};
