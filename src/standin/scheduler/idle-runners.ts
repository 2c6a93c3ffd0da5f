import type { Runner } from '../state/model.ts';

/** Everything that decides which jobs a runner may take. */
const keyOf = ({ scope, groupId, scaleSetId, labels }: Runner): string =>
  JSON.stringify([scope, groupId, scaleSetId, labels]);

/**
 * Runners that may be idle, by what they can take, longest idle first. Whether one still is, is asked
 * when it is wanted: nobody has to say that it is not.
 */
export function createIdleRunners(isIdle: (runner: Runner) => boolean) {
  const classes = new Map<string, Set<Runner>>();
  let changed = new Set<string>();

  /** The first runner of a class that is idle, of those that `wanted` allows. */
  function first(key: string, wanted: (runner: Runner) => boolean): Runner | undefined {
    const runners = classes.get(key);
    for (const runner of runners ?? []) {
      if (!isIdle(runner)) runners?.delete(runner);
      else if (wanted(runner)) return runner;
    }
    if (runners?.size === 0) classes.delete(key);
    return undefined;
  }

  const any = () => true;

  return {
    /** Call it when a runner may have become idle. */
    add(runner: Runner): void {
      const key = keyOf(runner);
      const runners = classes.get(key) ?? new Set<Runner>();
      classes.set(key, runners.add(runner));
      changed.add(key);
    },
    /** A runner that has something to do, or is gone. */
    remove(runner: Runner): void {
      const key = keyOf(runner);
      const runners = classes.get(key);
      runners?.delete(runner);
      if (runners?.size === 0) classes.delete(key);
    },
    /** Of each class one idle runner; not `except`, where there is another one. */
    onePerClass(except: number | null): readonly Runner[] {
      return [...classes.keys()].flatMap(
        (key) => first(key, ({ id }) => id !== except) ?? first(key, any) ?? [],
      );
    },
    /** Another one that can take the same. */
    nextLike: (runner: Runner): Runner | undefined => first(keyOf(runner), any),
    /** All of a class that are idle now. */
    allLike: (runner: Runner): readonly Runner[] =>
      [...(classes.get(keyOf(runner)) ?? [])].filter(isIdle),
    /** One idle runner of each class that got one since the last call. */
    takeChanged(): readonly Runner[] {
      const found = [...changed].flatMap((key) => first(key, any) ?? []);
      changed = new Set();
      return found;
    },
  };
}
