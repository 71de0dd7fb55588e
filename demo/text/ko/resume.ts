import type { Text } from '../text.ts';

export const resume: Text['resume'] = {
  title: '하던 학습 이어서 하기',
  lead: '끝나지 않은 학습입니다. 저장된 지점부터 한 번도 멈추지 않은 것과 똑같이 이어집니다.',
  what: (blocks: string, growthRate: number, images: string) =>
    `밀집 블록의 층 수 ${blocks}, 성장률 ${growthRate}인 신경망이 이미지 ${images}장으로 학습하는 중입니다.`,
  place: (epoch: number, epochs: number, share: string, when: string) =>
    `전체 ${epochs}에포크 중 ${epoch}번째 에포크의 ${share} 지점입니다(${when} 저장).`,
  resume: '이어서 하기',
  download: '학습 상태 내려받기',
  remove: '삭제',
  takes: (bytes: string) => `이 브라우저에서 ${bytes} 차지`,
  elsewhere: '다른 탭에서 학습 중입니다.',
  damaged: '읽을 수 없는 학습',
  pause: '일시 정지',
  paused: '일시 정지했습니다. 이 페이지를 닫았다 열어도 언제든 여기서부터 이어서 할 수 있습니다.',
  saved: (time: string) => `${time}에 이 브라우저에 저장했습니다. 페이지가 닫혀도 그 지점부터 이어서 할 수 있습니다.`,
  unsaved: '이 학습은 저장되지 않습니다. 페이지를 닫으면 사라집니다.',
};
