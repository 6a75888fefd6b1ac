import { describe, expect, it } from 'vitest';
import { resolveColumns, resolveTextColumn } from '../../src/data/columns.js';
import { parseJsonArray, parseJsonl } from '../../src/data/jsonl.js';
import { PairCollector, pairsFromRecords } from '../../src/data/records.js';
import { TextCollector } from '../../src/data/text-records.js';

const read = (lines: string[], options = {}) => pairsFromRecords(parseJsonl(lines.join('\n'), 'f'), 'f', options);

describe('parseJsonl', () => {
  it('numbers lines and skips blank ones', () => {
    expect([...parseJsonl('{"a":1}\r\n\n [2] \n')]).toEqual([
      { value: { a: 1 }, line: 1 },
      { value: [2], line: 3 },
    ]);
    expect([...parseJsonl('')]).toEqual([]);
  });

  it('names the line of what is not JSON', () => {
    expect(() => [...parseJsonl('{}\n{"a":', 'x.jsonl')]).toThrow(/^E_FORMAT x\.jsonl:2: a JSON value/);
    expect(() => [...parseJsonl('{}\n{"a":NaN}', 'x.jsonl')]).toThrow(/^E_VALUE x\.jsonl:2: .*got NaN/);
    expect(() => [...parseJsonl('{"a":[1, -Infinity]}')]).toThrow(/^E_VALUE .*got Infinity/);
    expect(() => [...parseJsonl('{"a":"NaN" ')]).toThrow(/^E_FORMAT/);
  });

  it('reads arrays', () => {
    expect([...parseJsonArray('[{"a":1},2]')].map((r) => r.line)).toEqual([1, 2]);
    expect(() => [...parseJsonArray('{"a":1}', 'x')]).toThrow(
      /E_FORMAT x: an array of records is expected, got object/,
    );
  });
});

describe('resolveColumns', () => {
  it.each([
    [['anchor', 'positive', 'negative'], {}, { anchor: 'anchor', positive: 'positive', negative: 'negative' }],
    [['split', 'premise', 'entailment', 'contradiction'], {}, { positive: 'entailment', negative: 'contradiction' }],
    [['Query', ' Document '], {}, { anchor: 'Query', positive: ' Document ' }],
    [['sent0', 'sent1', 'hard_neg'], {}, { anchor: 'sent0', positive: 'sent1', negative: 'hard_neg' }],
    [['sentence1', 'sentence2', 'score'], {}, { anchor: 'sentence1', positive: 'sentence2' }],
    [['text1', 'text2'], {}, { anchor: 'text1', positive: 'text2' }],
    [['question', 'answer'], {}, { anchor: 'question', positive: 'answer' }],
    [['target', 'source'], {}, { anchor: 'source', positive: 'target' }],
    [['q', 'd', 'n'], { anchor: 'q', positive: 'd', negative: 'n' }, { anchor: 'q', positive: 'd', negative: 'n' }],
    [['anchor', 'positive', 'part'], { split: 'x', splitColumn: 'part' }, { split: 'part' }],
  ])('finds the columns of %j', (names, options, expected) => {
    expect(resolveColumns('f', names, options)).toMatchObject(expected);
  });

  it('leaves negatives out if told to', () => {
    expect(resolveColumns('f', ['anchor', 'positive', 'negative'], { negative: false })).toEqual({
      anchor: 'anchor',
      positive: 'positive',
    });
  });

  it('says what it looked for and what it found', () => {
    expect(() => resolveColumns('f:1', ['a', 'b'])).toThrow(/^E_DATA f:1: columns .* got "a", "b"\. Hint: name them/);
    expect(() => resolveColumns('f', ['query', 'doc'], { anchor: 'qury', positive: 'doc' })).toThrow(
      /column "qury" \("anchor"\) is expected.*did you mean "query"/,
    );
    expect(() => resolveColumns('f', ['anchor', 'positive'], { split: 'train' })).toThrow(/column "split"/);
    expect(() => resolveTextColumn('f', ['a', 'b'])).toThrow(/E_DATA.*column "text"/);
    expect(resolveTextColumn('f', ['id', 'Sentence'])).toBe('Sentence');
    expect(resolveTextColumn('f', ['whatever'])).toBe('whatever');
    expect(resolveTextColumn('f', ['id', 'body'], 'body')).toBe('body');
  });
});

describe('pairsFromRecords', () => {
  it('makes pairs and triplets of texts', () => {
    expect(
      read(['{"anchor":"a","positive":"b","negative":"c"}', '{"anchor":"d","positive":"e","negative":"f"}']),
    ).toEqual({
      kind: 'text',
      name: 'f',
      anchors: ['a', 'd'],
      positives: ['b', 'e'],
      negatives: ['c', 'f'],
    });
  });

  it('makes pairs of vectors', () => {
    expect(read(['{"anchor":[1,2],"positive":[3,4]}', '{"anchor":[5,6],"positive":[7,8]}'])).toEqual({
      kind: 'vector',
      name: 'f',
      dimension: 2,
      anchors: Float32Array.of(1, 2, 5, 6),
      positives: Float32Array.of(3, 4, 7, 8),
    });
    const many = Array.from({ length: 3000 }, (_, i) => `{"anchor":[${i}],"positive":[0]}`);
    expect(read(many)).toMatchObject({ anchors: Float32Array.from({ length: 3000 }, (_, i) => i) });
  });

  it('filters by split', () => {
    const lines = ['{"split":"dev","anchor":"a","positive":"b"}', '{"split":"test","anchor":"c","positive":"d"}'];
    expect(read(lines, { split: 'test' })).toMatchObject({ anchors: ['c'] });
    expect(read(lines)).toMatchObject({ anchors: ['a', 'c'] });
    expect(() => read(lines, { split: 'train' })).toThrow(/E_DATA f: rows with split "train" .* none in 2 rows/);
  });

  const first = '{"anchor":"a","positive":"b"}';
  it.each([
    ['a missing field', [first, '{"anchor":"a"}'], /^E_DATA f:2: "positive" must be .* got nothing\. Hint/],
    ['an empty text', [first, '{"anchor":" ","positive":"b"}'], /^E_DATA f:2: "anchor".* got " "/],
    ['null', [first, '', '{"anchor":null,"positive":"b"}'], /^E_DATA f:3: .* got null/],
    ['a number', [first, '{"anchor":5,"positive":"b"}'], /^E_DATA f:2: .* got the number 5/],
    ['an object', [first, '{"anchor":{},"positive":"b"}'], /^E_DATA f:2: .* got an object/],
    ['an inherited property', [first, '{"positive":"b","__proto__":{"anchor":"x"}}'], /^E_DATA f:2: .* got nothing/],
    ['an array for a record', [first, '[1]'], /^E_DATA f:2: a record must be an object, got an array/],
    ['a text for a record', ['"x"'], /^E_DATA f:1: a record must be an object, got a string/],
    [
      'texts and vectors',
      [first, '{"anchor":[1],"positive":[1]}'],
      /^E_DATA f:2: .*a text like the cells before, got a vec/,
    ],
    [
      'vectors and texts',
      ['{"anchor":[1],"positive":"b"}'],
      /^E_DATA f:1: .*a vector like the cells before, got a text/,
    ],
    ['several lengths', ['{"anchor":[1],"positive":[1,2]}'], /^E_SHAPE f:1: .*a vector of 1 numbers, got 2/],
    ['no numbers', ['{"anchor":[],"positive":[]}'], /^E_SHAPE f:1: /],
    [
      'a text in a vector',
      ['{"anchor":["1"],"positive":[1]}'],
      /^E_DATA f:1: "anchor" must hold numbers, got "1" at 0/,
    ],
    ['null in a vector', ['{"anchor":[1,null],"positive":[1,2]}'], /^E_DATA f:1: .* got null at 1/],
    ['infinity', ['{"anchor":[1e999],"positive":[1]}'], /^E_VALUE f:1: .* got Infinity at 0/],
    ['more than float32 holds', ['{"anchor":[1e39],"positive":[1]}'], /^E_VALUE f:1: .*float32/],
    ['NaN', ['{"anchor":[NaN],"positive":[1]}'], /^E_VALUE f:1: /],
    ['a late negative', [first, '{"anchor":"a","positive":"b","negative":"c"}'], /^E_DATA f:2: "negative".*first row/],
    ['no rows', [], /^E_DATA f: at least one row is expected, got none/],
    ['a row without a split', ['{"split":"a","anchor":"a","positive":"b"}', first], /^E_DATA f:2: "split"/],
  ])('refuses %s', (_, lines, message) => {
    const options = lines.join().includes('"split"') ? { split: 'a' } : {};
    expect(() => read(lines, options)).toThrow(message);
  });

  it('refuses unknown options', () => {
    expect(() => new PairCollector('f', { anchr: 'x' } as never)).toThrow(/E_OPTION.*did you mean "anchor"/);
    expect(() => new PairCollector('f', { anchor: '' })).toThrow(/E_OPTION.*"anchor"/);
    expect(() => new PairCollector('f', { negative: true } as never)).toThrow(/E_OPTION.*"negative"/);
  });
});

describe('TextCollector', () => {
  it('takes texts and records', () => {
    const collector = new TextCollector('f');
    collector.addJson('one', 1);
    collector.addJson({ id: 1, text: 'two' }, 2);
    expect(collector.finish()).toEqual({ kind: 'texts', name: 'f', texts: ['one', 'two'] });
    expect(() => collector.addJson({ id: 1 }, 3)).toThrow(/^E_DATA f:3: "text" must be a text, got nothing/);
    expect(() => collector.addJson(7, 3)).toThrow(/^E_DATA f:3: a record must be an object, got a number/);
    expect(() => new TextCollector('f').finish()).toThrow(/^E_DATA f: at least one text/);
  });
});
