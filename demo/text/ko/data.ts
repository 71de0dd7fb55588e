import type { Text } from '../text.ts';

export const data: Text['data'] = {
  title: '학습 데이터',
  source: {
    sample: '샘플(Fashion-MNIST)',
    own: '내 이미지: 폴더, 파일, 웹캠',
    files: '데이터셋 파일: MNIST 계열, CIFAR',
  },
  summary: (name, classes, training, validation) =>
    `${name}: 클래스 ${classes}개, 학습용 이미지 ${training}장, 검증용 이미지 ${validation}장.`,
  moreClasses: (count) => `외 ${count}개`,
  fixed: (width, height, grey) => `크기는 ${width} × ${height} 픽셀이고 ${grey ? '흑백' : '컬러'}입니다.`,
  memory: (bytes) => `그 밖에 이미지가 이 컴퓨터의 메모리 ${bytes}를 차지합니다.`,
  tooMuchMemory: (bytes, most) =>
    `이미지가 이 컴퓨터의 메모리 ${bytes}를 차지해, 이 페이지가 쓰는 최대 ${most}를 넘습니다. 입력 크기를 줄이거나, 흑백으로 하거나, 이미지를 줄이세요.`,
  resized: '신경망의 입력 크기에 맞게 조정하며, 비율이 다르면 가운데 부분을 씁니다.',
  saving: {
    saved: (count, bytes) => `이미지 ${count}장을 이 브라우저에 저장했습니다(${bytes}). 페이지를 닫아도 남아 있습니다.`,
    left: (count) => `나머지 ${count}장은 저장할 공간이 없으니 다음에 다시 추가하세요.`,
    elsewhere:
      '다른 탭의 이미지가 이 브라우저에 저장되고 있습니다. 그 탭이 열려 있는 동안 이 탭의 이미지는 저장되지 않습니다.',
    unsaved: '이미지를 저장하지 못했습니다. 페이지를 닫으면 사라집니다.',
  },
  files: {
    what: '이미지와 레이블이 하나씩 든 IDX 파일(.gz도 됩니다)이나 CIFAR의 .bin 파일을 끌어다 놓거나 선택하세요. 이름에 “t10k”, “test”, “val”이 들어간 파일은 검증에 씁니다. 그런 파일이 없으면 클래스마다 5분의 1을 검증용으로 남깁니다.',
    choose: '파일 선택 …',
  },
  folder: {
    what: '클래스마다 폴더가 하나씩 들어 있는 폴더를 끌어다 놓으세요. train과 test 아래에 나뉘어 있어도 됩니다. 또는 클래스를 추가해 파일이나 웹캠으로 채우세요.',
    choose: '폴더 선택 …',
    clear: '모두 지우기',
    loose: (count) => `클래스 폴더에 들어 있지 않은 파일 ${count}개는 건너뛰었습니다.`,
    unused: (count) => `test 폴더의 파일 ${count}개는 쓰지 않습니다. val 폴더를 검증에 씁니다.`,
  },
  card: {
    list: '클래스 목록',
    pages: '클래스 목록 페이지',
    add: '클래스 추가',
    newName: (number) => `클래스 ${number}`,
    name: '클래스 이름',
    include: '사용',
    counts: (training, validation) => `학습용 ${training}장, 검증용 ${validation}장`,
    camera: '웹캠 화면',
    how: '클래스의 버튼을 누르고 있는 동안 사진이 기록됩니다. 여러 방향에서 찍으세요. 키보드로는 버튼에서 스페이스 바를 누르고 있으면 됩니다.',
    hold: '누르고 있으면 기록',
    recording: '기록 중 …',
    record: (name) => `누르고 있으면 ${name} 기록`,
    files: (name) => `${name}에 파일 추가 …`,
    remove: (name) => `클래스 ${name} 지우기`,
    removeShort: '지우기',
    delete: (name) => `${name} 삭제`,
    unreadable: '읽지 못함',
    more: (count) => `나머지 ${count}장 더 보기`,
  },
  problem: {
    noClass: '아직 클래스가 없습니다. 클래스별 폴더가 든 폴더를 끌어다 놓거나 클래스를 두 개 추가하세요.',
    oneClass: '클래스가 하나뿐이면 구별할 것이 없습니다. 하나 더 추가하세요.',
    emptyClass: (name) => `“${name}”에 이미지가 없습니다. 이미지를 추가하거나 사용하지 않도록 하세요.`,
    oneImage: (name) => `“${name}”에 이미지가 한 장뿐입니다. 학습용과 검증용으로 적어도 두 장이 필요합니다.`,
    noTraining: (name) => `“${name}”에는 검증용 이미지만 있고 학습용 이미지가 없습니다.`,
    noValidation: '검증용 이미지가 없습니다. train 옆의 test 폴더에 이미지를 넣으세요.',
    sameName: (name) => `“${name}”이라는 클래스가 두 개입니다. 하나의 이름을 바꾸세요.`,
    noName: '이름이 없는 클래스가 있습니다. 이름을 붙이세요.',
  },
};
