import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Key, Table } from '../table.ts';
import { openState } from './open-state.ts';
import type { PartsOf } from './parts.ts';

const silent = { error() {}, warn() {}, info() {}, debug() {} };
let folder: string;
let errors: string[];
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'state-'));
  [errors, warnings] = [[], []];
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Run {
  name: string;
  readonly groups: Map<string, Group>;
}
interface Group {
  readonly jobs: Job[];
}
interface Job {
  readonly run: Run;
  readonly group: Group;
  state: string;
}

const newStore = () => ({
  runs: new Table<number, Run>(),
  jobs: new Table<number, Job>(),
  byName: new Table<string, Job>(),
  things: new Table<Key, unknown>(),
});

async function open(store: object = newStore()) {
  const log = {
    ...silent,
    error: (text: string, fields?: object) => void errors.push(`${text} ${JSON.stringify(fields)}`),
    warn: (text: string) => void warnings.push(text),
  };
  const partsOf: PartsOf = (table, entry) =>
    table === 'runs'
      ? [...(entry as Run).groups].map(([name, group]) => [name, group] as const)
      : [];
  return openState({ log, now: () => 1_700_000_000_000, partsOf }, folder, store);
}

/** What another process finds after this one has ended. */
async function again<Store extends object>(store: Store): Promise<Store> {
  await (await open(store)).saver.stop();
  return store;
}

async function kept(change: (store: ReturnType<typeof newStore>) => void) {
  const store = newStore();
  const { saver } = await open(store);
  change(store);
  await saver.stop();
  return again(newStore());
}

describe('state on disk', () => {
  it('keeps cycles, and what is one object stays one', async () => {
    const { runs, jobs, byName } = await kept((store) => {
      const group: Group = { jobs: [] };
      const run: Run = { name: 'ci', groups: new Map([['build', group]]) };
      const job: Job = { run, group, state: 'queued' };
      group.jobs.push(job);
      store.byName.set('one', job);
      store.jobs.set(7, job);
      store.runs.set(1, run);
    });
    const [run, job] = [runs.get(1), jobs.get(7)];
    expect(job?.state).toBe('queued');
    expect(job?.run).toBe(run);
    expect(job?.group).toBe(run?.groups.get('build'));
    expect(job?.group.jobs).toEqual([job]);
    expect(byName.get('one')).toBe(job);
  });
  it('keeps any plain data', async () => {
    const value = fc.anything({ withDate: true, withMap: true, withSet: true });
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 5 }), async (values) => {
        await rm(join(folder, 'state.log'), { force: true });
        const { things } = await kept((store) => {
          values.forEach((each, index) => void store.things.set(index, [each]));
        });
        for (const [index, each] of values.entries()) expect(things.get(index)).toEqual([each]);
      }),
      { numRuns: 60 },
    );
    expect(errors).toEqual([]);
  });
  it('keeps bytes, numbers that are none, and names that look like its own signs', async () => {
    const odd = { $ref: ['runs', 1], inner: JSON.parse('{"__proto__": {"a": 1}}') };
    const bytes = Buffer.from([0, 255]);
    const { things } = await kept((store) => void store.things.set('x', [odd, bytes, Number.NaN]));
    expect(things.get('x')).toEqual([odd, bytes, Number.NaN]);
  });
  it('keeps what was changed in place, and forgets what was deleted', async () => {
    const { things } = await kept((store) => {
      store.things.set('list', [1]);
      store.things.set('gone', true);
      (store.things.get('list') as number[]).push(2);
      store.things.delete('gone');
    });
    expect([...things]).toEqual([['list', [1, 2]]]);
  });
  it('says what it cannot keep, once, and keeps the rest', async () => {
    const { things } = await kept((store) => {
      store.things.set('bad', { at: new URL('http://x/') });
      store.things.set('good', 1);
    });
    expect([...things]).toEqual([['good', 1]]);
    expect(errors).toEqual([expect.stringContaining('things bad holds a URL')]);
  });
  it('refuses a map that would be lost', async () => {
    await expect(open({ lost: new Map() })).rejects.toThrow("the state's 'lost' is no table");
  });
});

describe('the file of the state', () => {
  const path = () => join(folder, 'state.log');
  const write = (value: number) => kept((store) => void store.things.set('x', value));
  const read = async () => (await again(newStore())).things.get('x');

  it('loses no more than the last save to a process that died while it wrote', async () => {
    await write(1);
    const { size } = { size: (await readFile(path())).length };
    await write(2);
    const whole = (await readFile(path())).length;
    for (const cut of [size + 1, size + 20, whole - 2]) {
      const copy = await readFile(path());
      await truncate(path(), cut);
      expect(await read()).toBe(1);
      expect(warnings.splice(0)).toEqual(['state had a torn end']);
      await writeFile(path(), copy);
    }
    expect(await read()).toBe(2);
  });
  it('takes a last line that lacks only its end', async () => {
    await write(1);
    await truncate(path(), (await readFile(path())).length - 1);
    expect(await read()).toBe(1);
    await write(2);
    expect(await read()).toBe(2);
  });
  it('refuses damage in the middle and says where', async () => {
    await write(1);
    const text = await readFile(path(), 'utf8');
    await writeFile(path(), text.replace('"x"', '"y"'));
    await appendFile(path(), 'more\n');
    await expect(open()).rejects.toThrow(/state\.log is damaged at line 2: move the file away/);
  });
  it('refuses another version and other files', async () => {
    await write(1);
    const { crc32 } = await import('node:zlib');
    const header = '{"format":"runnerhub-standin-state","version":99}';
    await writeFile(path(), `${crc32(header).toString(16).padStart(8, '0')} ${header}\n`);
    await expect(open()).rejects.toThrow(/holds version 99, and this stand-in reads version 1/);
    await writeFile(path(), 'some notes\n');
    await expect(open()).rejects.toThrow(/damaged at line 1/);
  });
});
