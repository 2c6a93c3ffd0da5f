import { z } from 'zod';

/**
 * An object of the runner's protocol. Its members are found whatever the case of their names, as the
 * .NET services read them (`jobId` is `JobID`), and others than these are ignored.
 */
export function wireObject<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = new Map(Object.keys(shape).map((name) => [name.toLowerCase(), name]));
  const rename = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const members = Object.entries(value).map(([name, member]) => [
      names.get(name.toLowerCase()) ?? name,
      member as unknown,
    ]);
    return Object.fromEntries(members) as unknown;
  };
  return z.preprocess(rename, z.looseObject(shape));
}
