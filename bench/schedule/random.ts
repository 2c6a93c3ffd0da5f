/** Equal seeds give equal choices, so that two runs measure the same work. */
export interface Dice {
  below(limit: number): number;
  of<Choice>(choices: readonly Choice[], otherwise: Choice): Choice;
}

export function diceOf(seed: number): Dice {
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return {
    below,
    of: (choices, otherwise) => choices[below(choices.length)] ?? otherwise,
  };
}
