import type { ContainerWish } from '../../actions/container-wish.ts';
import type { Forward } from '../../ports/job-containers.ts';

const FIRST_FREE_PORT = 32_768;

/**
 * Which port of `localhost` leads to which of a service. Named ports come first; where any will do it
 * is the service's own if nobody has it. Throws with a message when two services want the same.
 */
export function assignPorts(services: ReadonlyMap<string, ContainerWish>): Forward[] {
  const wishes = [...services].flatMap(([alias, { ports }]) =>
    ports.map((port) => ({ alias, ...port })),
  );
  const taken = new Map<number, string>();
  const take = (port: number, alias: string): number => {
    const owner = taken.get(port);
    if (owner !== undefined) {
      throw new Error(`The services '${owner}' and '${alias}' both want port ${port}.`);
    }
    taken.set(port, alias);
    return port;
  };
  for (const { hostPort, alias } of wishes) if (hostPort !== null) take(hostPort, alias);
  let next = FIRST_FREE_PORT;
  return wishes.map(({ alias, hostPort, containerPort }) => {
    if (hostPort !== null) return { port: hostPort, alias, servicePort: containerPort };
    let port = containerPort;
    while (taken.has(port)) port = next++;
    return { port: take(port, alias), alias, servicePort: containerPort };
  });
}
