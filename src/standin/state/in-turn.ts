/** Runs actions about the same thing one after the other, in the order in which they came. */
export function createInTurn() {
  const last = new WeakMap<object, Promise<unknown>>();
  return <Result>(thing: object, action: () => Promise<Result>): Promise<Result> => {
    const before = last.get(thing) ?? Promise.resolve();
    const turn = before.then(action);
    last.set(
      thing,
      turn.catch(() => undefined),
    );
    return turn;
  };
}
