import { createHash } from 'node:crypto';

/** The same bytes for the same label, in every run. */
const digest = (label: string): Buffer => createHash('sha256').update(label).digest();

/** Tokens, passwords, URLs with credentials, and some keys of several lines. */
export function makeSecrets(count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const hex = digest(`secret ${n}`).toString('hex');
    const text = digest(`text ${n}`).toString('base64');
    switch (n % 5) {
      case 0:
        return `ghp_${hex.slice(0, 36)}`;
      case 1:
        return text.slice(0, 20);
      case 2:
        return `postgres://app:${hex.slice(0, 16)}@db-${n}.internal:5432/app`;
      case 3:
        return `P@ss'${hex.slice(0, 8)}"&${n}`;
      default:
        return `-----BEGIN KEY ${n}-----\n${text}\n${hex}\n-----END KEY ${n}-----`;
    }
  });
}

const PLAIN: readonly ((n: number) => string)[] = [
  (n) => `npm http fetch GET 200 https://registry.example/pkg-${n % 977} ${n % 300}ms (cache hit)`,
  (n) => `[${n % 1200}/1200] Building CXX object src/CMakeFiles/core.dir/module_${n % 500}.cpp.o`,
  (n) => `  \u001b[32m✓\u001b[39m handles case ${n} of the parser (${n % 17} ms)`,
  (n) => `=== RUN   TestServer/subtest_${n % 5000}`,
  (n) =>
    `2026-06-30T15:40:39.${String(n % 1000).padStart(3, '0')}Z INFO  worker-${n % 8} step done`,
  (n) => `Downloading from central: https://repo.example/org/lib/${n % 40}.${n % 10}/lib.jar`,
  () => '',
  (n) =>
    `    at Object.<anonymous> (/home/runner/_work/app/app/src/file_${n % 300}.js:${n % 900}:13)`,
  (n) =>
    `src/lib/part_${n % 200}.rs:${n % 800}:9: note: value used here after move ${'='.repeat(n % 60)}`,
  (n) => `PASS test/suite_${n % 400}.test.ts ${digest(`pass ${n % 64}`).toString('hex')}`,
];

/** One line in a hundred is for the runner. */
const COMMANDS: readonly ((n: number) => string)[] = [
  (n) => `::group::Part ${n}`,
  () => '::endgroup::',
  (n) => `::debug::state of worker ${n}`,
  (n) => `::warning file=src/a.ts,line=${(n % 900) + 1}::unused variable`,
  (n) => `::set-output name=part::${n}`,
  (n) => `##[section]Part ${n}`,
];

/** One line in two hundred shows a secret, as it is or in base64. */
function leak(n: number, secrets: readonly string[]): string {
  const secret = (secrets[n % secrets.length] ?? '').split('\n')[1] ?? secrets[n % secrets.length];
  const shown = n % 3 === 0 ? Buffer.from(secret ?? '').toString('base64') : secret;
  return `+ curl -H "Authorization: Bearer ${shown}" https://api.example/v1/items/${n}`;
}

/** About `bytes` of whole lines as builds print them: what a step of the benchmark prints over and over. */
export function makeLogBlock(bytes: number, secrets: readonly string[]): Buffer {
  const lines: string[] = [];
  let length = 0;
  for (let n = 0; length < bytes; n += 1) {
    const line = lineOf(n, secrets);
    lines.push(line);
    length += Buffer.byteLength(line) + 1;
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

function lineOf(n: number, secrets: readonly string[]): string {
  if (n % 100 === 50) return COMMANDS[(n / 100 - 0.5) % COMMANDS.length]?.(n) ?? '';
  if (n % 200 === 120) return leak((n - 120) / 200, secrets);
  return PLAIN[n % PLAIN.length]?.(n) ?? '';
}
