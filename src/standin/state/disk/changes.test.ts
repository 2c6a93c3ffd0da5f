import { expect, it } from 'vitest';
import { type Key, Table } from '../table.ts';
import { createChanges } from './changes.ts';
import type { PartsOf } from './parts.ts';

interface Group {
  readonly all: Map<string, Group>;
}

/** So many that the sweep does not come by the run each time. */
const OTHERS = 2_000;

it('keeps a job whose group came into being while nobody asked for its run', () => {
  const groups = new Map<string, Group>();
  const runs = new Table<Key, unknown>();
  const jobs = new Table<Key, unknown>();
  const things = new Table<Key, unknown>();
  const partsOf: PartsOf = (table) => (table === 'runs' ? groups : []);
  const unkept: unknown[] = [];
  const changes = createChanges(
    new Map([
      ['runs', runs],
      ['jobs', jobs],
      ['things', things],
    ]),
    new Map(),
    partsOf,
    (_table, error) => unkept.push(error),
  );
  runs.set(1, { groups });
  for (let id = 0; id < OTHERS; id += 1) things.set(id, { id });
  changes.settle(changes.find(true));
  for (let times = 0; times < 10; times += 1) changes.settle(changes.find());
  for (let id = 1; id <= 6; id += 1) {
    const group = { all: groups };
    groups.set(`late ${id}`, group);
    jobs.set(id, { group });
    const found = changes.find();
    expect(found.find(({ table, key }) => table === 'jobs' && key === id)?.json).toBe(
      `{"group":{"$ref":["runs",1,"late ${id}"]}}`,
    );
    changes.settle(found);
  }
  expect(unkept).toEqual([]);
});
