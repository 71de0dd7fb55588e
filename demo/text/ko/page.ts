import type { Text } from '../text.ts';

export const page: Text['page'] = {
  title: '내 GPU에서 돌아가는 DenseNet',
  lead: '무엇이 찍힌 사진인지 알아보고, 어디를 보고 판단했는지 보여 주고, 새로 학습도 하는 밀집 연결 합성곱 신경망(DenseNet)입니다. 모든 계산이 이 페이지 안에서 이루어집니다.',
  views: '화면',
  view: { classify: '분류', train: '학습', inside: '들여다보기', about: '소개' },
  noView: (asked) => `‘${asked}’라는 화면은 없어서 첫 화면을 보여 드립니다.`,
  noModel: (asked) => `‘${asked}’라는 신경망은 없어서 함께 제공되는 신경망을 씁니다.`,
  language: '언어',
  theme: '색상',
  themes: { system: '시스템 설정', light: '밝게', dark: '어둡게' },
  opening: { worker: '엔진을 시작하는 중 …', network: '신경망을 불러오고 셰이더를 컴파일하는 중 …' },
  slow: '아직 셰이더를 컴파일하는 중입니다. 소프트웨어 GPU에서는 1분쯤 걸릴 수 있습니다 …',
  again: (attempt) => `GPU 연결이 끊겼거나 응답이 없어 다시 시도합니다(3회 중 ${attempt}회째).`,
  restarted: 'GPU 연결이 끊겨 엔진을 다시 시작하고 이미지를 새로 분류했습니다.',
  deleted: (name) => `삭제함: ${name}`,
  undo: '실행 취소',
  undoNamed: (name) => `${name} 삭제 취소`,
  noEngine: '엔진 없음',
  computesOn: (gpu) => `계산 장치: ${gpu}.`,
  softwareGpu: '프로세서가 GPU를 흉내 내는 방식입니다. 결과는 정확하지만 GPU보다 훨씬 느립니다.',
  nothingLeaves: '어떤 데이터도 이 컴퓨터를 떠나지 않습니다. 이 페이지는 자신을 내려 준 서버하고만 통신할 수 있습니다.',
  sources:
    '이미지: Zalando Research의 Fashion-MNIST, MIT 라이선스. 신경망: Huang 외, “Densely Connected Convolutional Networks”, 2017.',
};
