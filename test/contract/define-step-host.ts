import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExitStatus, HostCommand, StepHost } from '../../src/ports/step-host.ts';

export interface StepHostUnderTest {
  /** A host whose ladder waits 1,000 and 500 ms. */
  readonly host: StepHost;
  readonly remove: () => Promise<void>;
}

const PATH = '/usr/local/bin:/usr/bin:/bin';

interface Ran extends ExitStatus {
  readonly out: string;
  readonly err: string;
}

/** What every step host does. */
export function defineStepHostContract(
  name: string,
  start: () => Promise<StepHostUnderTest>,
): void {
  describe(`step host: ${name}`, () => {
    let host: StepHost;
    let remove: () => Promise<void>;
    beforeAll(async () => {
      ({ host, remove } = await start());
      await host.makeFolders([host.paths.temp]);
    });
    afterAll(() => remove?.());

    const run = async (
      argv: readonly string[],
      rest: Partial<HostCommand> = {},
      cancel: AbortSignal = new AbortController().signal,
    ): Promise<Ran> => {
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      const status = await host.exec(
        { argv, cwd: host.paths.temp, env: { PATH }, ...rest },
        {
          stdout: (chunk) => void out.push(Buffer.from(chunk)),
          stderr: (chunk) => void err.push(Buffer.from(chunk)),
        },
        cancel,
      );
      return { ...status, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
    };
    const sh = (script: string, rest?: Partial<HostCommand>, cancel?: AbortSignal) =>
      run(['sh', '-c', script], rest, cancel);

    it('keeps the streams apart and passes on the exit code', async () => {
      expect(await sh('printf out; printf err >&2; exit 7')).toEqual({
        code: 7,
        out: 'out',
        err: 'err',
      });
    });

    it('hands over arguments and variables as they are, and nothing else', async () => {
      const odd = `it's "q" $HOME \`x\` \\n\nline ü`;
      const env = { PATH, 'INPUT_A-B': odd, PLAIN: odd, UID: '7', IFS: 'x', EMPTY: '' };
      const { out } = await run(['env', '-0'], { env });
      const seen = Object.fromEntries(
        out
          .split('\0')
          .filter(Boolean)
          .map((entry) => {
            const at = entry.indexOf('=');
            return [entry.slice(0, at), entry.slice(at + 1)] as const;
          }),
      );
      expect(seen).toMatchObject(env);
      const more = Object.keys(seen).filter((key) => !(key in env));
      expect(more.every((key) => ['PWD', 'OLDPWD', 'SHLVL', '_'].includes(key))).toBe(true);
      expect((await run(['printf', '%s', odd])).out).toBe(odd);
    });

    it('gives a command a closed standard input', async () => {
      expect((await sh('cat; echo done')).out).toBe('done\n');
    });

    it('says why a command could not be started', async () => {
      const folder = await run(['true'], { cwd: '/no/such/folder' });
      expect(folder).toMatchObject({ code: 127, notStarted: expect.stringContaining('/no/such') });
      const program = await run(['no-such-program']);
      expect(program).toMatchObject({
        code: 127,
        notStarted: expect.stringContaining('not found'),
      });
    });

    it('reports a signal as 128 and its number', async () => {
      expect((await sh('kill -TERM $$')).code).toBe(143);
    });

    it('runs commands at the same time, beside files that are written and read', async () => {
      const gate = `${host.paths.temp}/gate`;
      const waiting = sh(`until [ -e ${gate} ]; do sleep 0.05; done; echo passed`);
      await sh('true');
      await host.put([{ path: gate, content: '' }]);
      expect((await waiting).out).toBe('passed\n');
    });

    it('does not mix the words of a process that outlived its command into the next', async () => {
      const first = await sh(
        '(trap "" TERM; i=0; while [ $i -lt 100 ]; do echo late; sleep 0.1; i=$((i+1)); done) & echo first',
      );
      expect(first.out.startsWith('first') || first.out.includes('first\n')).toBe(true);
      expect((await sh('sleep 0.3; echo second')).out).toBe('second\n');
    }, 20_000);

    it('cannot be told a false end by what a command prints', async () => {
      const marks = '\x1e0123456789abcdef0123456789abcdef 0 0\n';
      expect((await run(['printf', '%s', marks])).out).toBe(marks);
    });

    it('holds a command back while the sink waits', async () => {
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      const done = `${host.paths.temp}/written`;
      let bytes = 0;
      const running = host.exec(
        {
          argv: ['sh', '-c', `head -c 30000000 /dev/zero; echo x > ${done}`],
          cwd: '/',
          env: { PATH },
        },
        {
          stdout(chunk) {
            bytes += chunk.length;
            return gate;
          },
          stderr: () => undefined,
        },
        new AbortController().signal,
      );
      await sh('sleep 0.5');
      expect(await host.read(done, 10)).toBeNull();
      release();
      await running;
      expect(bytes).toBe(30_000_000);
      expect(await host.read(done, 10)).not.toBeNull();
    });

    it('ends the whole tree of a cancelled command, politely first', async () => {
      const cancel = new AbortController();
      const script = `trap 'echo asked; exit 3' INT; (trap '' INT TERM; exec sleep 4242) & echo up; wait`;
      const running = sh(script, {}, cancel.signal);
      await sh('until grep -qs 424[2] /proc/[0-9]*/cmdline; do sleep 0.05; done');
      cancel.abort();
      expect(await running).toMatchObject({ code: 3, out: 'up\nasked\n' });
      expect((await sh("grep -ls 'sleep.424[2]' /proc/[0-9]*/cmdline")).out).toBe('');
    });

    it('kills what does not listen', async () => {
      const cancel = new AbortController();
      const running = sh(
        "trap '' INT TERM; echo up; while :; do sleep 0.1; done",
        {},
        cancel.signal,
      );
      await sh('sleep 0.2');
      cancel.abort();
      expect((await running).code).toBe(137);
    });

    it('writes, reads and removes files', async () => {
      const at = (file: string) => `${host.paths.temp}/deep er/${file}`;
      const bytes = Uint8Array.from({ length: 300 }, (_, n) => n % 256);
      const text = `#!/bin/sh\necho 'quoted' "$1" \\n %s\n\tü\r\n`;
      const large = Buffer.alloc(6 * 1024 * 1024, 'large text\n');
      await host.put([
        { path: at('bytes'), content: bytes },
        { path: at('text'), content: text, mode: 0o755 },
        { path: at('empty'), content: '' },
        { path: at('large'), content: large },
      ]);
      expect(await host.read(at('bytes'), 1000)).toEqual(Buffer.from(bytes));
      expect(String(await host.read(at('text'), 1000))).toBe(text);
      expect(await host.read(at('empty'), 1000)).toEqual(Buffer.alloc(0));
      expect((await host.read(at('large'), 100_000_000))?.length).toBe(large.length);
      expect((await host.read(at('bytes'), 10))?.length).toBe(10);
      expect((await sh(`[ -x "${at('text')}" ] && echo yes`)).out).toBe('yes\n');
      await host.put([{ path: at('text'), content: 'new' }]);
      expect(String(await host.read(at('text'), 1000))).toBe('new');
      await host.remove([at('bytes'), `${host.paths.temp}/never`]);
      expect(await host.read(at('bytes'), 10)).toBeNull();
      expect(await host.read(`${host.paths.temp}/deep er`, 10)).toBeNull();
    });

    it('unpacks an archive as the step user, over what is there', async () => {
      const folder = `${host.paths.temp}/un packed/deep`;
      await host.put([
        { path: `${folder}/kept`, content: 'kept' },
        { path: `${folder}/bin/run`, content: 'old' },
      ]);
      const archive = pack();
      const owner = { uid: 4321, gid: 4321 };
      archive.entry({ name: 'bin/run', mode: 0o755, ...owner }, '#!/bin/sh\necho ran\n');
      archive.entry({ name: 'link', type: 'symlink', linkname: 'bin/run', ...owner });
      archive.entry({ name: 'large', ...owner }, Buffer.alloc(3_000_000, 'x'));
      archive.finalize();
      await host.unpack(folder, Readable.from(archive));
      expect((await run([`${folder}/link`])).out).toBe('ran\n');
      const listed = await sh('id -u; stat -c "%u %a %s" bin/run large; cat kept', { cwd: folder });
      const [uid, ...rest] = listed.out.split('\n');
      expect(rest).toEqual([`${uid} 755 19`, `${uid} 644 3000000`, 'kept']);
    });

    it('throws the error of an archive that breaks off', async () => {
      const packing = pack();
      packing.entry({ name: 'file' }, 'content');
      setTimeout(() => packing.destroy(new Error('broke off')), 200);
      const broken = host.unpack(`${host.paths.temp}/broken`, Readable.from(packing));
      await expect(broken).rejects.toThrow('broke off');
      const refused = pack();
      refused.finalize();
      await expect(host.unpack('/dev/null/no', Readable.from(refused))).rejects.toMatchObject({
        code: 'docker-failed',
        message: expect.stringContaining('/dev/null'),
      });
    });
  });
}
