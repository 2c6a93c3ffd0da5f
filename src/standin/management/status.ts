import { clockJson } from '../clock/routes.ts';
import type { OwnClock } from '../clock/stand-in-clock.ts';
import { type Address, optionalWireTime, type StandinClock } from '../dependencies.ts';
import type { Faults } from '../faults/faults.ts';
import { countsJson } from '../faults/routes.ts';
import { isOnline } from '../present/runners.ts';
import type { SaveStatus } from '../state/disk/saver.ts';
import type { Runner } from '../state/model.ts';
import type { Store } from '../state/store.ts';

interface Deps {
  readonly clock: OwnClock;
  readonly store: Store;
  readonly address: Address;
  readonly faults: Faults;
  readonly saveStatus: () => SaveStatus | null;
}

type Status = ReturnType<typeof statusOf>;

/** How things stand, in numbers. */
export function statusOf({ clock, store, address, faults, saveStatus }: Deps) {
  const saved = saveStatus();
  return {
    url: address.url(),
    clock: clockJson(clock),
    repositories: store.repositories.size,
    runs: countBy(store.runs.values(), (run) => run.status),
    jobs: countBy(store.jobs.values(), (job) => job.status),
    runners: countBy(store.runners.values(), (runner) => stateOf(runner, clock)),
    hooks: store.hooks.size,
    deadlines: store.deadlines.size,
    faults: { set: faults.state().faults.length, injected: countsJson(faults.state()) },
    state:
      saved === null
        ? { kept: 'in memory' }
        : { kept: 'on disk', ...saved, savedAt: optionalWireTime(saved.savedAt) },
  };
}

function stateOf(runner: Runner, clock: StandinClock): 'busy' | 'idle' | 'offline' {
  if (runner.jobId !== null) return 'busy';
  return isOnline(runner, clock) ? 'idle' : 'offline';
}

function countBy<Item>(items: Iterable<Item>, nameOf: (item: Item) => string) {
  const counts: Record<string, number> = {};
  for (const item of items) {
    const name = nameOf(item);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** The same for a browser: one table, nested members indented by their path. */
export function statusHtml(status: Status): string {
  const rows = rowsOf(status, '').map(
    ([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Stand-in</title>
<style>body{font:14px system-ui;margin:2em}th{text-align:left;padding-right:2em;font-weight:normal}</style>
<h1>GitHub stand-in</h1><table>${rows.join('\n')}</table></html>\n`;
}

function rowsOf(value: unknown, name: string): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [[name, String(value ?? '–')]];
  return Object.entries(value).flatMap(([key, member]) =>
    rowsOf(member, name === '' ? key : `${name} › ${key}`),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeHtml = (text: string): string =>
  text.replace(/[&<>]/g, (char) => ENTITIES[char] ?? char);
