import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { headerRules, headersFile, headersOf, pageHeaders, pagePolicy, readHeadersFile } from './page-policy.ts';

const docs = readFileSync(new URL('../docs/security.md', import.meta.url), 'utf8');

describe('the policy', () => {
  it('lets nothing but its own server be asked', () => {
    for (const page of ['demo', 'bench'] as const) {
      expect(pagePolicy(page)).toMatch(/^default-src 'none';/);
      expect(pagePolicy(page)).not.toMatch(/https?:|\*|unsafe-inline|unsafe-eval'.*'unsafe-eval'/);
    }
    expect(pagePolicy('demo', { hub: true })).toContain("connect-src 'self' https://huggingface.co https://*.hf.co;");
  });

  it('is what docs/security.md says', () => {
    for (const [name, value] of Object.entries(pageHeaders('demo'))) {
      expect(docs).toContain(`add_header ${name} "${value}" always;\n`);
      expect(docs).toContain(`Header always set ${name} "${value}"\n`);
    }
  });

  it('says of a `<meta>` only what a `<meta>` can say', () => {
    expect(pagePolicy('demo')).not.toMatch(/frame-ancestors|sandbox|report-uri/);
  });
});

describe('headers as a file', () => {
  const rules = headerRules('demo', { hub: true });

  it('are read back', () => {
    expect(readHeadersFile(headersFile(rules))).toEqual(rules);
    expect(readHeadersFile(`# a comment\n\nno rule\n  X-A: b\n${headersFile(rules)}`)).toEqual(rules);
  });

  it('of the service worker are two policies, of which the narrower holds', () => {
    const own = headersOf(rules, '/service-worker.js')['Content-Security-Policy'];
    expect(own).toMatch(/huggingface\.co.*frame-ancestors 'none', default-src 'none';.*connect-src 'self'/);
    expect(headersOf(rules, '/assets/a.js')['Content-Security-Policy']).not.toContain(',');
  });
});
