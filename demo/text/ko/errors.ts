import type { Text } from '../text.ts';

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
