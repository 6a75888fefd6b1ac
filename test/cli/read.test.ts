import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPairs, readTexts } from '../../src/cli/read/index.js';
import { firstInvalid } from '../../src/cli/read/utf8.js';
import { writeNpy } from '../../src/data/npy.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adnce-read-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Reads a file that must fail, and returns the message without the folder. */
async function failure(name: string, content: string | Uint8Array, options = {}): Promise<string> {
  const path = await put(name, content);
  const error: unknown = await readPairs(path, options).then(
    () => new Error('nothing was thrown'),
    (e: unknown) => e,
  );
  return (error as Error).message.replaceAll(`${folder}/`, '');
}

const EXPECTED = { kind: 'text', anchors: ['a "cat"', 'ein Hündchen'], positives: ['tom, cat', '犬'] };
const JSONL = '{"anchor":"a \\"cat\\"","positive":"tom, cat"}\n{"anchor":"ein Hündchen","positive":"犬"}\n';
const CSV = 'anchor,positive\n"a ""cat""","tom, cat"\nein Hündchen,犬\n';
const TSV = 'anchor\tpositive\na "cat"\ttom, cat\nein Hündchen\t犬\n';
const bom = (text: string) => `\ufeff${text}`;

function parquet(codec: 'SNAPPY' | 'UNCOMPRESSED' = 'SNAPPY'): Uint8Array {
  const columnData = [
    { name: 'id', data: [1, 2], type: 'INT32' as const },
    { name: 'anchor', data: EXPECTED.anchors, type: 'STRING' as const },
    { name: 'positive', data: EXPECTED.positives, type: 'STRING' as const },
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData, codec, rowGroupSize: 1 }));
}

describe('readPairs', () => {
  it.each([
    ['a.jsonl', JSONL],
    ['a.ndjson', JSONL.trimEnd()],
    ['bom.jsonl', bom(JSONL)],
    ['crlf.jsonl', JSONL.replaceAll('\n', '\r\n\r\n')],
    ['a.json', `[${JSONL.trim().replace('\n', ',')}]`],
    ['a.csv', CSV],
    ['bom.csv', bom(CSV)],
    ['crlf.csv', CSV.replaceAll('\n', '\r\n')],
    ['semicolons.csv', 'positive;anchor\n"tom, cat";"a ""cat"""\n犬;ein Hündchen'],
    ['tabs.csv', TSV],
    ['a.tsv', TSV],
    ['CRLF.TSV', bom(TSV.replaceAll('\n', '\r\n'))],
    ['quoted.tsv', 'anchor\tpositive\n"a ""cat"""\t"tom, cat"\n\nein Hündchen\t犬'],
    ['a.jsonl.gz', gzipSync(JSONL)],
    ['a.csv.gz', gzipSync(CSV)],
    ['a.tsv.gz', gzipSync(TSV)],
    ['a.json.gz', gzipSync(`[${JSONL.trim().replace('\n', ',')}]`)],
    ['two.jsonl.gz', Buffer.concat(JSONL.split(/(?<=\n)/).map((line) => gzipSync(line)))],
    ['a.parquet', parquet()],
    ['plain.parquet', parquet('UNCOMPRESSED')],
  ])('reads %s', async (name, content) => {
    const path = await put(name, content);
    expect(await readPairs(path)).toEqual({ ...EXPECTED, name: path });
  });

  it('takes quotes in TSV as they stand unless the whole cell is quoted', async () => {
    const path = await put(
      'quotes.tsv',
      'anchor\tpositive\n"Yes" he said, "no"\t"unclosed\n"a"b"\t"\n""\t"b"\n'.replace('""\t', 'c\t'),
    );
    expect(await readPairs(path)).toMatchObject({
      anchors: ['"Yes" he said, "no"', '"a"b"', 'c'],
      positives: ['"unclosed', '"', 'b'],
    });
  });

  it('reads line breaks inside CSV cells', async () => {
    const path = await put('breaks.csv', 'anchor,positive\n"a\nb","c\r\nd"\n');
    expect(await readPairs(path)).toMatchObject({ anchors: ['a\nb'], positives: ['c\r\nd'] });
  });

  it('reads tables without a header, and rows of a split', async () => {
    const path = await put('bare.tsv', 'a\tb\nc\td\n');
    expect(await readPairs(path, { header: false })).toMatchObject({ anchors: ['a', 'c'], positives: ['b', 'd'] });
    const swapped = await readPairs(path, { header: false, anchor: '2', positive: '1' });
    expect(swapped).toMatchObject({ anchors: ['b', 'd'] });
    const text = 'split\tpremise\tentailment\tcontradiction\ndev\ta\tb\tc\ntest\td\te\tf\n';
    const triplets = await put('triplets.tsv', text);
    expect(await readPairs(triplets, { split: 'test' })).toMatchObject({ anchors: ['d'], negatives: ['f'] });
  });

  it('reads vectors', async () => {
    const a = await put('a.npy', writeNpy(Float32Array.of(1, 2, 3, 4), [2, 2]));
    const b = await put('b.npy', writeNpy(Float64Array.of(5, 6, 7, 8), [2, 2]));
    const expected = { kind: 'vector', dimension: 2, positives: Float32Array.of(5, 6, 7, 8) };
    expect(await readPairs(`${a},${b}`)).toMatchObject(expected);
    const stack = await put('stack.npy', writeNpy(Float32Array.of(1, 2, 5, 6, 3, 4, 7, 8), [2, 2, 2]));
    expect(await readPairs(stack)).toMatchObject(expected);
    const lines = await put('v.jsonl', '{"anchor":[1,2],"positive":[5,6]}\n{"anchor":[3,4],"positive":[7,8]}');
    expect(await readPairs(lines)).toMatchObject(expected);
    const data = [
      [5, 6],
      [7, 8],
    ];
    const columnData = [
      { name: 'anchor', data },
      { name: 'positive', data },
    ];
    const table = await put('v.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
    expect(await readPairs(table)).toMatchObject(expected);
  });

  it('reads files of many blocks, with the right line numbers', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => ({ anchor: `ä${i}`, positive: 'é'.repeat(i % 90) + i }));
    const jsonl = rows.map((row) => JSON.stringify(row)).join('\n');
    expect(jsonl.length).toBeGreaterThan(2 ** 20);
    const csv = `anchor,positive\n${rows.map((row) => `${row.anchor},${row.positive}`).join('\n')}`;
    for (const [name, text] of [
      ['big.jsonl', jsonl] as const,
      ['big.csv', csv],
      ['big.tsv', csv.replaceAll(',', '\t')],
    ]) {
      const data = await readPairs(await put(name, text));
      expect(data).toMatchObject({
        anchors: rows.map((row) => row.anchor),
        positives: rows.map((row) => row.positive),
      });
    }
    const broken = Buffer.from(jsonl);
    broken[broken.lastIndexOf('ä29990')] = 0xff;
    expect(await failure('big.jsonl', broken)).toMatch(/^E_ENCODING big\.jsonl:29991: .*byte 0xff at offset \d+/);
    expect(await failure('big.tsv', `${csv.replaceAll(',', '\t')}\nx`)).toMatch(/^E_DATA big\.tsv:30002: /);
  });

  const latin1 = Buffer.from('anchor\tpositive\na\tb\ncaf\xe9\td\n', 'latin1');
  it.each([
    ['empty.jsonl', '', /^E_DATA empty\.jsonl: at least one row is expected, got none/],
    ['blank.csv', '\n\n', /^E_DATA blank\.csv: /],
    ['empty.csv', '', /^E_DATA/],
    ['empty.json', '', /^E_DATA/],
    ['array.json', '[]', /^E_DATA/],
    ['header.tsv', 'anchor\tpositive\n', /^E_DATA header\.tsv: at least one row/],
    ['header.csv', 'anchor,positive', /^E_DATA header\.csv: at least one row/],
    ['names.csv', 'a,b\n1,2\n', /^E_DATA names\.csv:1: .*got "a", "b"/],
    ['twice.csv', 'anchor,positive,anchor\n1,2,3\n', /^E_DATA twice\.csv:1: .*"anchor" twice/],
    ['short.csv', 'anchor,positive\na,b\nc\n', /^E_DATA short\.csv:3: a row must have 2 cells like the header, got 1/],
    ['long.tsv', 'anchor\tpositive\na\tb\tc\n', /^E_DATA long\.tsv:2: .* got 3\. Hint: a tab always/],
    ['missing.csv', 'anchor,positive\na,b\nc,\n', /^E_DATA missing\.csv:3: "positive" .* got an empty text/],
    ['quote.csv', 'anchor,positive\n"a,b\nc,d\n', /^E_FORMAT quote\.csv:\d+: well-formed CSV .*CSV_QUOTE_NOT_CLOSED/],
    ['bad.jsonl', '{"anchor":"a","positive":"b"}\n{', /^E_FORMAT bad\.jsonl:2: a JSON value/],
    ['nan.jsonl', '{"anchor":[NaN],"positive":[1]}', /^E_VALUE nan\.jsonl:1: /],
    ['element.json', '[{"anchor":"a","positive":"b"},{}]', /^E_DATA element\.json:2: "anchor"/],
    [
      'latin1.tsv',
      latin1,
      /^E_ENCODING latin1\.tsv:3: UTF-8 is expected, got byte 0xe9 at offset 23\. Hint: .*Latin-1/,
    ],
    ['latin1.json', Buffer.from('[\n"\xe9"]', 'latin1'), /^E_ENCODING latin1\.json:2: /],
    ['cut.jsonl', Buffer.from('"é"').subarray(0, 2), /^E_ENCODING cut\.jsonl:1: .*byte 0xc3 at offset 1/],
    ['bom.tsv', Buffer.from(`\ufeffa\n\xff`, 'latin1'), /^E_ENCODING/],
    ['utf16.csv', Buffer.from(bom(CSV), 'utf16le'), /^E_ENCODING utf16\.csv:1: .*byte order mark of UTF-16/],
    ['utf16be.csv', Buffer.from(bom(CSV), 'utf16le').swap16(), /^E_ENCODING utf16be\.csv:1: .*UTF-16/],
    ['nomark.csv', Buffer.from('anchor', 'utf16le'), /^E_ENCODING nomark\.csv:1: .*NUL byte at offset 1/],
    ['fake.jsonl.gz', JSONL, /^E_FORMAT fake\.jsonl\.gz: a gzip file is expected/],
    ['cut.jsonl.gz', gzipSync(JSONL).subarray(0, 40), /^E_FORMAT cut\.jsonl\.gz: /],
    ['fake.parquet', JSONL, /^E_FORMAT fake\.parquet: a Parquet file is expected/],
    ['cut.parquet', parquet().subarray(60), /^E_FORMAT cut\.parquet: a Parquet file/],
    ['fake.npy', JSONL, /^E_FORMAT fake\.npy: a \.npy file/],
    ['flat.npy', writeNpy(Float32Array.of(1, 2), [2]), /^E_SHAPE flat\.npy: the array must be \[n,2,d\].*got \[2\]/],
    ['nan.npy', writeNpy(Float32Array.of(1, Number.NaN), [1, 2, 1]), /^E_VALUE .*NaN in row 0/],
    ['data.xlsx', 'PK', /^E_FORMAT data\.xlsx: .*got \.xlsx\. Hint: known are \.jsonl/],
    ['data', 'x', /^E_FORMAT data: .*got no extension/],
  ])('refuses %s', async (name, content, message) => {
    expect(await failure(name, content)).toMatch(message);
  });

  it('names the line after the byte order mark and after empty lines', async () => {
    const text = Buffer.concat([Buffer.from(bom('anchor\tpositive\n\na\tb\n')), Buffer.of(0xc0)]);
    expect(await failure('mark.tsv', text)).toMatch(/^E_ENCODING mark\.tsv:4: .*byte 0xc0 at offset 24/);
  });

  it('says what is wrong with a path', async () => {
    await put('here.jsonl', JSONL);
    await expect(readPairs(join(folder, 'here.json'))).rejects.toThrow(
      /^E_IO .*got nothing.*did you mean "here\.jsonl"/,
    );
    await expect(readPairs(join(folder, 'no', 'x.csv'))).rejects.toThrow(/^E_IO .*there is no folder/);
    await expect(readPairs(folder)).rejects.toThrow(/^E_IO .*got a folder/);
    await expect(readPairs(join(folder, 'here.jsonl', 'x.csv'))).rejects.toThrow(/^E_IO .*leads through a file/);
    await expect(readPairs(join(folder, 'a.npy,gone.npy'))).rejects.toThrow(/^E_IO gone\.npy/);
    await expect(readPairs(join(folder, 'gone.parquet'))).rejects.toThrow(/^E_IO /);
    await expect(readPairs('')).rejects.toThrow(/^E_OPTION/);
    await expect(readPairs('x.csv', { colum: 'a' } as never)).rejects.toThrow(/^E_OPTION readPairs: unknown option/);
    await expect(readPairs('x.csv', { header: 1 } as never)).rejects.toThrow(/^E_OPTION .*"header"/);
  });
});

describe('readTexts', () => {
  it.each([
    ['t.txt', 'one\n\ntwo, "three"\r\n', {}],
    ['t.txt.gz', gzipSync('one\ntwo, "three"'), {}],
    ['t.jsonl', '"one"\n{"text":"two, \\"three\\""}', {}],
    ['t.json', '["one","two, \\"three\\""]', {}],
    ['t.csv', 'id,text\n1,one\n2,"two, ""three"""\n', {}],
    ['body.tsv', 'id\tbody\n1\tone\n2\ttwo, "three"\n', { text: 'body' }],
    ['bare.tsv', 'one\ntwo, "three"\n', { header: false }],
  ])('reads %s', async (name, content, options) => {
    const path = await put(name, content);
    expect(await readTexts(path, options)).toEqual({ kind: 'texts', name: path, texts: ['one', 'two, "three"'] });
  });

  it('reads a column of Parquet', async () => {
    expect((await readTexts(await put('t.parquet', parquet()))).texts).toEqual(EXPECTED.anchors);
  });

  it('refuses files without texts', async () => {
    await expect(readTexts(await put('t.txt', '\n\n'))).rejects.toThrow(/^E_DATA .*at least one text/);
    await expect(readTexts(await put('t.csv', 'a,b\n1,2'))).rejects.toThrow(/^E_DATA .*:1: a column "text"/);
    await expect(readTexts(await put('t.jsonl', '"a"\n""'))).rejects.toThrow(/^E_DATA .*:2: .*got an empty text/);
    await expect(readTexts(await put('t.bin', 'x'))).rejects.toThrow(/^E_FORMAT .*known are \.txt/);
    await expect(readTexts('t.txt', { txt: 'a' } as never)).rejects.toThrow(/^E_OPTION .*did you mean "text"/);
  });
});

describe('firstInvalid', () => {
  it('agrees with the strict decoder on any bytes', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3 }).map((text) => [...new TextEncoder().encode(text)]),
      fc.array(fc.constantFrom(0x20, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xff), {
        maxLength: 4,
      }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        const bytes = Uint8Array.from(pieces.flat());
        const bad = firstInvalid(bytes);
        expect(() => decoder.decode(bytes.subarray(0, bad))).not.toThrow();
        if (bad < bytes.length) expect(() => decoder.decode(bytes)).toThrow();
      }),
      { numRuns: 1000 },
    );
  });
});
