import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { cleanText, escapeHtml, Html, html, oneLine } from '../../src/report/html.js';

describe('html', () => {
  it('escapes texts, takes markup as it is, joins lists and leaves out undefined', () => {
    const list = ['<', html`<b>${'&'}</b>`, [1, undefined]];
    expect(html`<p title="${'"\''}">${list}</p>`.text).toBe('<p title="&quot;&#39;">&lt;<b>&amp;</b>1</p>');
    expect(html`${new Html('<i></i>')}`.text).toBe('<i></i>');
  });

  it('gives every text back through a parser, as content and as an attribute', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 20, maxLength: 20 }), (texts) => {
        const body = html`${texts.map((text) => html`<p title="${text}">${text}</p>`)}`.text;
        const { document } = parseHTML(`<html><body>${body}</body></html>`);
        const paragraphs = [...document.querySelectorAll('body *')];
        expect(paragraphs.map((p) => p.textContent)).toEqual(texts.map(cleanText));
        expect(paragraphs.map((p) => p.getAttribute('title'))).toEqual(texts.map(cleanText));
      }),
      { numRuns: 20 },
    );
  });
});

describe('cleanText', () => {
  it.each([
    ['bell\u0007, escape\u001b[2J, C1 \u009b', 'bell\ufffd, escape\ufffd[2J, C1 \ufffd'],
    ['a\r\nb\rc\nd\te', 'a\nb\nc\nd\te'],
    ['\u202egnp.exe\u202c \u2067x\u2069', 'gnp.exe x'],
    ['half \ud83d whole 😀', 'half \ufffd whole 😀'],
    ['👩‍🚀 שלום', '👩‍🚀 שלום'],
    ['\uffff\ufffe', '\ufffd\ufffd'],
  ])('%j', (text, clean) => {
    expect(cleanText(text)).toBe(clean);
    expect(cleanText(clean)).toBe(clean);
    expect(escapeHtml(clean)).toBe(clean);
  });

  it('fits one line where it must', () => {
    expect(oneLine('a\r\nb\t\tc\u2028d\ne')).toBe('a b c d e');
  });
});
