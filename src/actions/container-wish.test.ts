import { describe, expect, it } from 'vitest';
import { OptionProblem, parseContainerOptions, splitWords } from './container-options.ts';
import { readContainerWish } from './container-wish.ts';

const problemOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof OptionProblem) return error.message;
    throw error;
  }
  return 'none';
};

describe('options of a container', () => {
  it('splits words as a shell does', () => {
    expect(splitWords(`a 'b c' "d \\"e\\" $f" g\\ h ''`)).toEqual([
      'a',
      'b c',
      'd "e" $f',
      'g h',
      '',
    ]);
    expect(problemOf(() => splitWords(`a "b`))).toMatch(/not closed/);
  });

  it('reads the flags that services use most', () => {
    const options = parseContainerOptions(
      `--health-cmd "pg_isready -U me" --health-interval=1m30s --health-timeout 500ms --health-retries 5 -it -u1001 --cpus 1.5 -m 512m -e A=b=c --ulimit nofile=1:2 --tmpfs /x:size=1m --name mine`,
    );
    expect(options).toMatchObject({
      health: { command: 'pg_isready -U me', interval: 90_000, timeout: 500, retries: 5 },
      tty: true,
      stdin: true,
      user: '1001',
      cpus: 1.5,
      memoryBytes: 512 * 2 ** 20,
      env: { A: 'b=c' },
      ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
      tmpfs: { '/x': 'size=1m' },
    });
  });

  it.each([
    '--privileged',
    '--network host',
    '--net=host',
    '--pid host',
    '-v /:/host',
    '--volume=/:/host',
    '--mount type=bind,src=/,dst=/h',
    '--device /dev/kvm',
    '--cap-add SYS_ADMIN',
    '--security-opt apparmor=unconfined',
    '--userns host',
    '--cgroup-parent x',
    '--volumes-from x',
    '--constructor x',
  ])('refuses %s by name', (text) => {
    expect(problemOf(() => parseContainerOptions(text))).toContain(
      `'${/^-+\w[\w-]*/.exec(text)?.[0].slice(0, text.startsWith('--') ? undefined : 2)}'`,
    );
  });

  it.each([
    '--memory lots',
    '--health-interval 5',
    '--cpus x',
    '--ulimit nofile',
    '--user',
    'word',
  ])('says what is wrong with %s', (text) =>
    expect(problemOf(() => parseContainerOptions(text))).not.toBe('none'),
  );
});

describe('a container that a job asks for', () => {
  it('is an image, or a mapping with one', () => {
    expect(readContainerWish('node:20')?.image).toBe('node:20');
    expect(readContainerWish({ image: 'docker://a' })?.image).toBe('a');
    expect(readContainerWish('')).toBeNull();
    expect(readContainerWish(null)).toBeNull();
    expect(
      readContainerWish({
        image: 'db',
        env: { A: 1 },
        ports: ['8080:80', 6379, '53/tcp'],
        volumes: ['/cache', 'data:/var/lib:ro'],
        credentials: { username: 'u', password: 'p' },
      }),
    ).toMatchObject({
      env: { A: '1' },
      ports: [
        { hostPort: 8080, containerPort: 80 },
        { hostPort: null, containerPort: 6379 },
        { hostPort: null, containerPort: 53 },
      ],
      volumes: [
        { name: null, path: '/cache', readOnly: false },
        { name: 'data', path: '/var/lib', readOnly: true },
      ],
      credentials: { username: 'u', password: 'p' },
    });
  });

  it.each(['/:/host', '/var/run/docker.sock:/s', '../x:/y', 'data:relative', '/'])(
    'is not given the volume %s',
    (volume) =>
      expect(problemOf(() => readContainerWish({ image: 'a', volumes: [volume] }))).toContain(
        volume,
      ),
  );

  it.each(['80/udp', '0', '1:2:3', '70000', 'x'])('cannot map the port %s', (port) =>
    expect(problemOf(() => readContainerWish({ image: 'a', ports: [port] }))).toContain(port),
  );
});
