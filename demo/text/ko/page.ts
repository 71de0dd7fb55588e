import type { Text } from '../en.ts';

export const errors: Text['errors'] = {
  retry: '다시 시도',
  bundled: '기본 제공 신경망으로 시작',
  kinds: {
    oldBrowser: {
      title: '이 페이지를 쓰기에는 브라우저가 너무 오래되었습니다.',
      help: '업데이트하세요. Chrome과 Edge는 113, Firefox는 141, Safari는 26부터 필요한 기능을 모두 갖추고 있습니다.',
    },
    insecure: {
      title: '이 페이지에는 WebGPU가 필요한데, 브라우저는 보안 연결로 연 페이지에서만 WebGPU를 허용합니다.',
      help: 'https 주소로 열거나, 서버가 있는 컴퓨터에서 localhost로 여세요.',
    },
    noWebGpu: {
      title: '이 페이지에는 WebGPU가 필요한데, 이 브라우저에서는 켜져 있지 않습니다.',
      help: '',
    },
    noAdapter: {
      title: '브라우저에 WebGPU는 있지만 쓸 수 있는 GPU를 찾지 못했습니다.',
      help: '그래픽 드라이버를 업데이트하고, 브라우저 설정에서 하드웨어 가속이 켜져 있는지 확인하세요.',
    },
    lost: {
      title: 'GPU와의 연결이 끊겼고, 엔진을 다시 시작해도 되살아나지 않았습니다.',
      help: '드라이버가 재설정·업데이트되거나 노트북이 GPU를 전환하면 생기는 일입니다. 잠시 뒤 다시 시도하고, 그래도 안 되면 브라우저를 다시 시작하세요.',
    },
    limit: { title: 'GPU에 들어가지 않는 크기입니다.', help: '더 작은 것을 선택하세요.' },
    notFinite: {
      title: '학습이 발산했습니다. 손실이 더는 유한한 수가 아닙니다.',
      help: '학습률을 낮추세요. 이 결과는 저장하거나 제공하지 않습니다. 그 전 상태가 저장되어 있으면 ‘하던 학습 이어서 하기’에 있습니다.',
    },
    noNumber: {
      title: '이 이미지에 대한 신경망의 출력이 유한한 수가 아닙니다.',
      help: '그래서 클래스를 보여 주지 않습니다. 이미지와 가중치 중 무엇이 원인인지는 아래 메시지에 나옵니다.',
    },
    config: { title: '불가능한 설정입니다.', help: '다른 값을 선택하세요.' },
    data: { title: '파일 내용이 올바르지 않습니다.', help: '' },
    state: { title: '가중치가 신경망과 맞지 않습니다.', help: '' },
    weights: {
      title: '이 페이지가 계산할 수 있는 DenseNet 파일이 아닙니다.',
      help: '바뀐 것은 없습니다. 이전 신경망을 그대로 쓰고 있습니다.',
    },
    storage: { title: '브라우저 저장소가 요청을 처리하지 못했습니다.', help: '' },
    stopped: { title: '엔진이 멈췄습니다.', help: '다시 시작하세요.' },
    unknown: { title: '예상하지 못한 문제가 생겼습니다.', help: '페이지를 새로 고치세요.' },
  },
  turnOn: {
    firefox: 'Firefox: about:config를 열어 dom.webgpu.enabled를 true로 바꾸고 다시 시작하세요.',
    chrome:
      'Chrome: chrome://flags에서 “Unsafe WebGPU Support”를 켜고 다시 시작하세요. 113보다 낮은 버전에는 WebGPU가 없습니다.',
    chromeLinux:
      'Chrome: chrome://flags에서 “Unsafe WebGPU Support”와 “Vulkan”을 켜고 다시 시작하세요. 113보다 낮은 버전에는 WebGPU가 없습니다.',
    edge: 'Edge: edge://flags에서 “Unsafe WebGPU Support”를 켜고 다시 시작하세요. 113보다 낮은 버전에는 WebGPU가 없습니다.',
    edgeLinux:
      'Edge: edge://flags에서 “Unsafe WebGPU Support”와 “Vulkan”을 켜고 다시 시작하세요. 113보다 낮은 버전에는 WebGPU가 없습니다.',
    safari: 'Safari: WebGPU는 버전 26부터 있습니다. 시스템을 업데이트하세요.',
    other: 'Chrome, Edge, Firefox, Safari의 최신 버전에는 WebGPU가 있습니다.',
  },
};

export const page: Text['page'] = {
  title: '내 GPU에서 돌아가는 DenseNet',
  lead: '무엇이 찍힌 사진인지 알아보고, 어디를 보고 판단했는지 보여 주고, 새로 학습도 하는 밀집 연결 합성곱 신경망(DenseNet)입니다. 모든 계산이 이 페이지 안에서 이루어집니다.',
  views: '화면',
  view: { classify: '분류', train: '학습', inside: '들여다보기', card: '모델 카드', about: '소개' },
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
  softwareGpu: 'CPU에서 소프트웨어로 계산합니다. 결과는 정확하지만 GPU보다 훨씬 느립니다.',
  nothingLeaves: '어떤 데이터도 이 컴퓨터를 떠나지 않습니다. 이 페이지는 자신을 내려 준 서버하고만 통신할 수 있습니다.',
  sources:
    '이미지: Zalando Research의 Fashion-MNIST, MIT 라이선스. 신경망: Huang 외, “Densely Connected Convolutional Networks”, 2017.',
};

export const card: Text['card'] = {
  title: (name: string) => `모델 카드: ${name}`,
  none: '아직 불러온 신경망이 없습니다.',
  file: '파일',
  bundled: '이 페이지에 들어 있는 신경망',
  here: '이 페이지에서 학습한 신경망',
  given: '파일로 불러온 신경망',
  training: '학습',
  learned: (images: string, epochs: string) => `학습 이미지 ${images}장, ${epochs} 에포크`,
  stopped: '끝나기 전에 멈췄습니다.',
  accuracy: (share: string) => `검증 이미지의 ${share}를 맞혔습니다`,
  unknown: '어떻게, 무엇으로 학습했는지 파일에 적혀 있지 않습니다.',
  decisions: '판정',
  largest: '점수가 가장 높은 클래스가 답입니다.',
  half: '파일에 판정 기준값이 없습니다. 점수가 50% 이상이면 소견이 있는 것으로 봅니다.',
  temperature: (temperature: string) => `먼저 로짓을 ${temperature}로 나눕니다(온도 스케일링).`,
  points: '판정 기준값',
  read: '파일에서 읽은 것과 가정한 것',
  limits: '한계',
  limitsText:
    '이 신경망은 전혀 모르는 사진에도 답을 냅니다. 결과를 믿기 전에 자신의 이미지로 확인하세요. 진단에 쓸 수 없습니다.',
  download: 'Markdown으로 내려받기',
};

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
    right: (share) => `검증 이미지 1,000장 중 ${share}`,
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

export const selfTest: Text['selfTest'] = {
  title: '이 GPU의 자가 진단',
  lead: '드라이버에는 버그가 있을 수 있습니다. 작은 신경망 세 개를 내 GPU에서 순전파와 역전파로 계산하고, 모든 결과를 PyTorch가 계산한 값과, 계산 단계(패스) 하나하나를 배정밀도 계산과 비교합니다. 프로세서가 흉내 내는 GPU에서는 일이 분 걸립니다.',
  start: '이 GPU 진단하기',
  running: (network) => `진단 중: ${network} …`,
  passed: '모든 결과가 PyTorch와 일치합니다. 이 GPU는 정확하게 계산합니다.',
  passedWithFlips:
    '이 GPU는 정확하게 계산합니다. PyTorch와 다른 결과는 0에 아주 가까운 값이 반올림으로 ReLU의 반대쪽에 놓여 생긴 것입니다.',
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
  certificate: {
    exact: (passes) => `인증: 정확함. 계산 단계(패스) ${passes}개가 모두 배정밀도 계산과 일치합니다.`,
    'exact with flips': (passes, flips) =>
      `인증: 정확함(부호가 바뀐 값 ${flips}개). 계산 단계(패스) ${passes}개가 모두 배정밀도 계산과 일치합니다. 다음 값은 0에 아주 가까워서 ReLU의 어느 쪽에 놓일지를 반올림이 정합니다.`,
    wrong: () => '인증: 오류. 처음으로 틀린 것:',
  },
  times: (times) => `${times}배`,
  right: '정상',
  wrong: '오류',
  notANumber: '숫자 아님',
};
