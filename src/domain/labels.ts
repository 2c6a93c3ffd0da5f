/**
 * Label matching as GitHub does it: a runner fits when every label of `runs-on` is among its labels,
 * compared without regard to case; further labels of the runner do not matter (protocol I.4).
 */
export function labelsCover(offered: readonly string[], wanted: readonly string[]): boolean {
  const have = new Set(offered.map((label) => label.toLowerCase()));
  return wanted.every((label) => have.has(label.toLowerCase()));
}

/** A stable key for a set of labels: order, case and repetition do not matter. */
export const labelKey = (labels: readonly string[]): string =>
  [...new Set(labels.map((label) => label.toLowerCase()))].sort().join(',');
