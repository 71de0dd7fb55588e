import type { Text } from '../text.ts';

export const webcam: Text['webcam'] = {
  start: '웹캠',
  stop: '웹캠 끄기',
  keep: '이 장면 남기기',
  asking: '브라우저가 카메라를 써도 되는지 묻고 있습니다 …',
  live: '선택한 클래스의 히트맵을 겹친 웹캠 화면',
  camera: '카메라',
  cameraNumber: (number) => `카메라 ${number}`,
  mirror: '거울처럼 좌우 반전해서 보기(신경망은 반전하지 않은 화면을 봅니다)',
  rate: (rate) => `초당 ${rate}장`,
  picture: '웹캠 사진',
  errors: {
    denied: '이 페이지는 카메라를 쓸 수 없습니다. 주소 표시줄 옆에서 카메라를 허용한 뒤 다시 시도하세요.',
    none: '카메라를 찾지 못했습니다. 카메라를 연결한 뒤 다시 시도하세요.',
    busy: '카메라를 열 수 없습니다. 다른 프로그램이 쓰고 있을 수 있으니 닫고 다시 시도하세요.',
    insecure: '브라우저는 안전한 페이지에만 카메라를 허용합니다. https나 localhost로 여세요.',
    ended: '카메라에서 더는 화면이 오지 않습니다.',
  },
};
