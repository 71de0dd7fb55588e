import type { Text } from '../en.ts';

export const dicom: Text['dicom'] = {
  window: '이 DICOM 파일의 윈도우',
  centre: '중심',
  width: '폭',
  range: '전체 범위',
  own: '파일에 적힌 값',
  hint: '그림 위에서 끌어 보세요. 좌우는 폭, 위아래는 중심입니다.',
  frames: (count) => `프레임이 ${count}개 있고, 첫 프레임을 보여 줍니다.`,
  notForDiagnosis: '진단용이 아닙니다.',
};
