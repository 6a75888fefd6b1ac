/** Texts a report and a terminal must survive. */
export const HOSTILE: Record<string, string> = {
  script: '<script>alert(1)</script>',
  attribute: '"><img src=x onerror=alert(1)>',
  close: '</title></style></svg><iframe src="https://example.com">',
  quotes: `'"\`&amp;&lt;`,
  rightToLeft: 'שלום עולם',
  override: '\u202egnp.exe\u2066',
  long: 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(12),
  emoji: '👩‍🚀🇩🇪👍🏽',
  wide: '日本語の質問と答え',
  control: 'bell\u0007 null\u0000 escape\u001b[31m',
  lines: 'one\r\ntwo\rthree\tfour',
  surrogate: 'half \ud83d and \udc00',
  empty: '',
};
