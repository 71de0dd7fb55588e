import type { Text } from '../text.ts';

export const about: Text['about'] = {
  what: {
    title: '이 페이지는',
    text: 'DenseNet은 블록 안의 모든 층이 자기보다 앞선 모든 층의 출력을 입력으로 받는 신경망입니다. 이 페이지는 WebGPU를 통해 내 GPU에서 DenseNet을 실행합니다. 이미지를 분류하고, 이미지의 어느 부분에서 답이 나왔는지 보여 주고, 예시로 학습합니다. 그 바탕이 되는 엔진과 셰이더, PyTorch와의 비교 검증은 오픈 소스 라이브러리 densenet-webgpu에 있습니다.',
  },
  privacy: {
    title: '이 컴퓨터를 떠나는 데이터: 없음',
    text: '이미지, 가중치, 학습한 내용은 이 브라우저 안에만 있습니다. 페이지의 보안 정책 때문에 페이지는 자신을 내려 준 서버하고만 통신할 수 있고, 그 서버에도 페이지 자신의 파일만 요청합니다. 방문 분석도, 외부 글꼴이나 스크립트도 없습니다. 한 번 방문한 뒤에는 네트워크 없이도 열립니다.',
    hub: '이 페이지는 사용자가 요청할 때에 한해 huggingface.co에서도 가중치를 불러올 수 있도록 빌드되었습니다.',
  },
  card: {
    title: '함께 제공되는 신경망',
    architecture: '구조',
    parameters: '파라미터 수',
    learned: '학습 데이터',
    accuracy: '정확도',
    made: '만든 명령',
    licence: '라이선스',
    limits: '용도',
    shape: (layers, growthRate) =>
      `3x3 합성곱으로 시작, 병목 층이 있는 밀집 블록별 층 수 ${layers}, 성장률(growth rate, 층마다 늘어나는 채널 수) ${growthRate}`,
    images: (images, epochs) => `Fashion-MNIST 샘플 ${images}장을 ${epochs}번씩, 2026년 11월 25일`,
    right: (share) => `처음 보는 테스트 이미지 1,000장 중 ${share}`,
    licenceText: '프로젝트와 같은 MIT. 이미지는 Zalando Research의 Fashion-MNIST, MIT',
    limitsText:
      'DenseNet이 어떻게 동작하는지 보여 주기 위한 것입니다. 28 x 28 픽셀 흑백 이미지에 있는 열 종류의 옷만 알고, 무엇을 보여 주든 그중 하나로 답합니다. 어떤 결정에도 쓰지 마세요.',
  },
  software: {
    title: '버전과 라이선스',
    version: '버전',
    commit: (commit) => `커밋 ${commit}`,
    licence: '이 페이지와 엔진: MIT 라이선스. Preact와 signals(MIT)를 포함합니다.',
  },
  links: {
    title: '더 읽을거리',
    densenet: 'Densely Connected Convolutional Networks (Huang, Liu, van der Maaten, Weinberger, 2017)',
    cam: 'Learning Deep Features for Discriminative Localization (Zhou 외, 2016): 클래스 활성화 맵',
    fashion: 'Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017)',
    webgpu: 'WebGPU 표준',
  },
};
