import { describe, expect, it } from 'vitest';
import { jobsInOneContainer } from '../support/test-containers.ts';

const run = jobsInOneContainer();

describe('what a step prints', () => {
  it('performs workflow commands on both streams', async () => {
    const { lines, step } = await run({
      steps: [
        {
          id: 'c',
          run: `echo '::group::Title'; echo '::endgroup::'
echo '::error file=src/a.ts,line=3,endLine=4,title=Bad::one%0Atwo' >&2
echo '  ::warning::careful'; echo '::notice::fyi'; echo '##[error]legacy'
echo '::debug::hidden'; echo '::unknown::x'
echo '::set-output name=old::1'
echo '::add-mask::hunter2'; echo 'pass hunter2 aHVudGVyMg=='
echo '::stop-commands::resume-now'; echo '::error::not one'; echo '::resume-now::'
echo '::echo::on'; echo '::set-output name=new::2'; echo '::echo::maybe'`,
        },
        { run: 'echo "${{ steps.c.outputs.old }}${{ steps.c.outputs.new }}"', if: 'always()' },
      ],
    });
    // Two streams have no order between them, so the line of the other one is looked for apart.
    const fromStderr = '##[error]one\ntwo';
    expect(lines(1)).toContain(fromStderr);
    expect(lines(1).filter((line) => line !== fromStderr)).toEqual([
      '##[group]Title',
      '##[endgroup]',
      '##[warning]careful',
      '##[notice]fyi',
      '##[error]legacy',
      '::unknown::x',
      'pass *** ***',
      '::stop-commands::***',
      '::error::not one',
      '::***::',
      '::set-output name=new::2',
      '::echo::maybe',
      "##[error]Unable to process command '::echo::maybe' successfully.",
      "##[error]Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: 'maybe'.",
    ]);
    expect(step(1).outcome).toBe('failure');
    const place = { path: 'src/a.ts', startLine: 3, endLine: 4, title: 'Bad' };
    expect(step(1).annotations).toContainEqual(
      expect.objectContaining({ level: 'failure', ...place }),
    );
    expect(lines(2)).toEqual(['12']);
  });

  it('reads file commands even of a step that failed, and fails on a bad line', async () => {
    const { lines, step } = await run({
      steps: [
        { id: 'a', run: 'echo "x=1" >> $GITHUB_OUTPUT; exit 1', continueOnError: true },
        { run: 'echo "bad" >> $GITHUB_ENV', continueOnError: true },
        { run: 'echo "NODE_OPTIONS=x" >> $GITHUB_ENV' },
        'echo "${{ steps.a.outputs.x }}"',
      ],
    });
    expect(lines(2)).toEqual([
      "##[error]Unable to process file command 'env' successfully.",
      "##[error]Invalid format 'bad'",
    ]);
    expect(step(2).outcome).toBe('failure');
    expect(lines(3)[0]).toContain("Can't store NODE_OPTIONS");
    expect(lines(4)).toEqual(['1']);
  });

  it('uploads masked summaries up to their limit', async () => {
    const { reporter, lines, result } = await run({
      secrets: { KEY: 's3cret' },
      steps: [
        { run: 'echo "# Hi ${{ secrets.KEY }}" >> $GITHUB_STEP_SUMMARY', name: 'Small' },
        { run: 'head -c 1100000 /dev/zero | tr "\\0" x >> $GITHUB_STEP_SUMMARY', name: 'Large' },
      ],
    });
    expect(reporter.summaries.get('Small')).toBe('# Hi ***\n');
    expect(reporter.summaries.has('Large')).toBe(false);
    expect(lines(2)[0]).toContain('supports content up to a size of 1024k, got 1074k');
    expect(result.conclusion).toBe('success');
  });

  it('lets no secret out: log, names, annotations, summaries, outputs', async () => {
    const secret = 'p@ss "word"\'&+tail/42';
    const { reporter, result } = await run({
      secrets: { KEY: secret, PEM: 'first-line-x\nsecond-line-y' },
      outputs: { leak: '${{ secrets.KEY }}', fine: 'ok' },
      environment: { name: 'prod', url: 'https://x.test/${{ secrets.KEY }}' },
      steps: [
        {
          name: 'Use ${{ secrets.KEY }}',
          env: { KEY: '${{ secrets.KEY }}', PEM: '${{ secrets.PEM }}' },
          run: `echo "$KEY"; echo "$PEM"; printf %s "$KEY" | base64 -w0; echo
printf 'a%s' "$KEY" | base64 -w0; echo; printf 'ab%s' "$KEY" | base64 -w0; echo
echo "::error::$KEY"; echo "$KEY" >> "$GITHUB_STEP_SUMMARY"
python3 -c "import os,json,urllib.parse; k=os.environ['KEY']; print(json.dumps(k)); print(urllib.parse.quote(k,safe=''))"
printf %s "$KEY" | head -c 5; sleep 0.05; printf %s "$KEY" | tail -c +6; echo
echo "token ghs_test_token_1 job.access.token"`,
        },
      ],
    });
    const all = reporter.text();
    for (const form of [
      secret,
      encodeURIComponent(secret),
      'first-line-x',
      'second-line-y',
      'ghs_test',
      'job.access',
    ]) {
      expect(all).not.toContain(form);
      expect(all).not.toContain(JSON.stringify(form).slice(1, -1));
    }
    expect(all).not.toContain(Buffer.from(secret).toString('base64').slice(0, -2));
    expect(result.outputs).toEqual({ fine: { value: 'ok', isSecret: false } });
    expect(result.environmentUrl).toBeUndefined();
    expect(reporter.linesOf(3).join('\n')).toContain(
      "##[warning]Skip output 'leak' since it may contain secret.",
    );
  });

  it('tolerates any bytes: CR, CRLF, invalid UTF-8, no last line end, closed stdout', async () => {
    const { lines } = await run({
      steps: [
        `printf 'a\\r\\nb\\rc\\n\\nd\\xff\\xc3'`,
        `printf 'ü'; sleep 0.05; printf 'x\\n'`,
        `exec >&-; echo err >&2`,
      ],
    });
    expect(lines(1)).toEqual(['a', 'b', 'c', '', 'd\uFFFD\uFFFD']);
    expect(lines(2)).toEqual(['üx']);
    expect(lines(3)).toEqual(['err']);
  });

  it('cuts a line of 100 MB', async () => {
    const { lines } = await run({
      steps: ["head -c 100000000 /dev/zero | tr '\\0' x; echo; echo next"],
    });
    expect(lines(1)[0]?.length).toBeLessThan(1_100_000);
    expect(lines(1)[0]).toMatch(/line cut here, \d+ more bytes/);
    expect(lines(1)[1]).toBe('next');
  });

  it('finds problems by matchers, also over several lines', async () => {
    const { lines, step } = await run({
      steps: [
        `cat > m.json <<'EOF'
{"problemMatcher":[{"owner":"tsc","pattern":[{"regexp":"^(\\\\S+)\\\\((\\\\d+),(\\\\d+)\\\\): (error|warning) (TS\\\\d+): (.*)$","file":1,"line":2,"column":3,"severity":4,"code":5,"message":6}]},
{"owner":"multi","pattern":[{"regexp":"^FILE (.*)$","file":1},{"regexp":"^ (\\\\d+): (.*)$","line":1,"message":2,"loop":true}]}]}
EOF
mkdir .git; echo 'url = https://github.com/octo/demo' > .git/config; touch a.ts
echo '::add-matcher::m.json'
echo 'a.ts(3,7): error TS1: wrong'
echo 'gone.ts(3,7): warning TS2: less wrong'
echo 'FILE a.ts'; echo ' 4: x'; echo ' 5: y'; echo plain; echo ' 6: z'
echo '::remove-matcher owner=tsc::'; echo 'a.ts(3,7): error TS1: again'`,
      ],
    });
    expect(lines(1)).toEqual([
      '##[error]a.ts(3,7): error TS1: wrong',
      '##[warning]gone.ts(3,7): warning TS2: less wrong',
      'FILE a.ts',
      '##[error] 4: x',
      '##[error] 5: y',
      'plain',
      ' 6: z',
      'a.ts(3,7): error TS1: again',
    ]);
    expect(step(1).annotations[0]).toMatchObject({ path: 'a.ts', startLine: 3, startColumn: 7 });
    expect(step(1).annotations[1]?.path).toBeUndefined();
    expect(step(1).annotations[2]).toMatchObject({ path: 'a.ts', startLine: 4, message: 'x' });
  });

  it('does not let a matcher hold up the hub', async () => {
    const { lines, result } = await run({
      steps: [
        `echo '{"problemMatcher":[{"owner":"slow","pattern":[{"regexp":"^(a+)+$","message":1}]}]}' > m.json
echo '::add-matcher::m.json'; printf 'a%.0s' $(seq 60); echo b; echo next`,
      ],
    });
    expect(lines(1).at(-3)).toContain("Removing issue matcher 'slow'");
    expect(lines(1).slice(-2)).toEqual([`${'a'.repeat(60)}b`, 'next']);
    expect(result.conclusion).toBe('success');
  });

  it('says that memory ran out', async () => {
    const { lines } = await run({ steps: ["python3 -c 'x = bytearray(900 << 20)'"] });
    expect(lines(1).join('\n')).toContain('out of memory');
  });
});
