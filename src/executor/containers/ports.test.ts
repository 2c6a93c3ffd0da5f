import { expect, it } from 'vitest';
import { readContainerWish } from '../../actions/container-wish.ts';
import { assignPorts } from './ports.ts';

const services = (ports: Record<string, string[]>) =>
  new Map(
    Object.entries(ports).flatMap(([name, list]) => {
      const wish = readContainerWish({ image: 'x', ports: list });
      return wish === null ? [] : [[name, wish] as const];
    }),
  );

it('gives named ports first, then a service its own, then any', () => {
  expect(assignPorts(services({ a: ['80'], b: ['80:5432'], c: ['5432'], d: ['5432'] }))).toEqual([
    { port: 32_768, alias: 'a', servicePort: 80 },
    { port: 80, alias: 'b', servicePort: 5432 },
    { port: 5432, alias: 'c', servicePort: 5432 },
    { port: 32_769, alias: 'd', servicePort: 5432 },
  ]);
});

it('refuses one port for two services', () => {
  expect(() => assignPorts(services({ a: ['80:1'], b: ['80:2'] }))).toThrow(
    "The services 'a' and 'b' both want port 80.",
  );
});
