import { describe, expect, it } from 'vitest';
import { DataError } from '../../runtime/errors.ts';
import { readClassNames } from './class-names.ts';

const names = (text: string) => readClassNames({ name: 'labels', text });

describe('class names', () => {
  it.each<[string, string, string[]]>([
    ['one per line, with Windows line ends', '\uFEFFshoe\r\nbag 가방\r\n', ['shoe', 'bag 가방']],
    ['indexed lines', '0: shoe\n1: bag', ['shoe', 'bag']],
    ['lines that only begin with numbers', '0 cats\n7 dogs', ['0 cats', '7 dogs']],
    ['a list', '["shoe", "bag"]', ['shoe', 'bag']],
    ['by index', '{"1": "bag", "0": "shoe"}', ['shoe', 'bag']],
    ["Keras' index", '{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}', ['tench', 'goldfish']],
    ['inverted', '{"bag": 1, "shoe": 0}', ['shoe', 'bag']],
    ['one that has no name', '["", "bag"]', ['class 0', 'bag']],
    ['semicolons and a header', '\uFEFFid;name\n0;cat\n1;Hund & Katze\n2;été', ['cat', 'Hund & Katze', 'été']],
    ['semicolons', '0;cat\n1;dog, wild', ['cat', 'dog, wild']],
    ['commas, quoted', '0,"cat"\n1,"dog, ""wild"""', ['cat', 'dog, "wild"']],
    ['tabs, in another order', '1\tdog\n0\tcat', ['cat', 'dog']],
    ['a header and commas', 'index,class name\n0,cat\n1,dog', ['cat', 'dog']],
    ['as pandas writes it', ',name,count\n0,cat,7\n1,dog,9', ['cat', 'dog']],
    ['WordNet ids beside names', '0,n01440764,tench\n1,n01443537,goldfish', ['tench', 'goldfish']],
    ['a separator line for Excel', 'sep=;\n1;dog\n0;cat', ['cat', 'dog']],
    ['counted from one', '1: cat\n2: dog', ['cat', 'dog']],
    ['counted from one with points', '1. cat\n2. dog', ['cat', 'dog']],
    ['numbers and spaces', '0 cat\n1 Hund & Katze', ['cat', 'Hund & Katze']],
    ['names and numbers', 'cat,0\ndog,1', ['cat', 'dog']],
    ['names and numbers with spaces', 'wild dog 1\ncat 0', ['cat', 'wild dog']],
    ['quoted lines', '"cat"\n"dog, ""wild"""', ['cat', 'dog, "wild"']],
    ['commas inside names', 'tench, Tinca tinca\ngoldfish, C. auratus', ['tench, Tinca tinca', 'goldfish, C. auratus']],
    ['names that end in numbers', 'class 0\nclass 1', ['class 0', 'class 1']],
    ['a header alone', 'name\ncat\ndog', ['cat', 'dog']],
    ['id2label', '{"id2label": {"0": "cat", "1": "dog"}}', ['cat', 'dog']],
    ["Hugging Face's config.json", '{"architectures":["D"],"id2label":{"0":"cat"},"label2id":{"x":0}}', ['cat']],
    ['class_to_idx', '{"class_to_idx": {"dog": 1, "cat": 0}}', ['cat', 'dog']],
    ['JSON that counts from one', '{"1": "cat", "2": "dog"}', ['cat', 'dog']],
    ['objects', '[{"id": 1, "name": "dog"}, {"id": 0, "name": "cat"}]', ['cat', 'dog']],
    ['a Python dictionary', "{0: 'tench, Tinca',\n 1: \"jack-o'-lantern\"}", ['tench, Tinca', "jack-o'-lantern"]],
  ])('%s', (_, text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it('takes the first line for a header where the number of classes says so', () => {
    const of = (text: string, classes: number) => readClassNames({ name: 'labels', text }, classes);
    expect(of('label\ncat', 1)).toEqual(['cat']);
    expect(of('label\ncat', 2)).toEqual(['label', 'cat']);
  });

  it.each([
    ['keys that are not classes', '{"lr": "0.1", "name": "x"}', /its keys are lr, name/],
    ['nothing', '', /has no class names/],
    ['a gap', '{"0": "a", "2": "b"}', /none has index 1/],
    ['a number', '[1, 2]', /class 0 is not named/],
    ['a terminal code', '["a", "\\u001b[2J"]', /class 1 is not named/],
    ['half of a JSON', '["a",', /not JSON/],
  ])('%s is refused', (_, text, words) => {
    expect(() => names(text)).toThrow(DataError);
    expect(() => names(text)).toThrow(words);
  });
});
