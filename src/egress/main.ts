/**
 * The proxy that is the only neighbour of a job whose egress is limited. It runs in a container of its
 * own, as these very files, by the node that actions have; so it may import nothing but node and
 * `domain/egress.ts`. Its only argument is JSON of {@link ProxyArguments}.
 *
 * It answers names with its own address and hands connections on by the name that they carry. What it
 * decides it notes on standard output, one JSON line for each name, port and verdict.
 */
import { type AllowRule, type EgressNote, namedPorts } from '../domain/egress.ts';
import { serveDns } from './dns-server.ts';
import { createGate } from './gate.ts';
import { servePort, serveTls } from './tunnels.ts';
import { serveWeb } from './web-server.ts';

export interface ProxyArguments {
  /** The proxy's address in the job's network. */
  readonly address: string;
  readonly rules: readonly AllowRule[];
  readonly learns: boolean;
}

/** A job may ask for as many names as it likes; the notes stay few. */
const MAX_NOTES = 1_000;

const noted = new Set<string>();
function note(each: EgressNote): void {
  const line = JSON.stringify(each);
  if (noted.has(line) || noted.size >= MAX_NOTES) return;
  noted.add(line);
  process.stdout.write(`${line}\n`);
}

const { address, rules, learns } = JSON.parse(process.argv[2] ?? '') as ProxyArguments;
const gate = createGate({ rules, learns, note });
serveDns(gate, address);
serveTls(gate, address);
serveWeb(gate, address);
for (const [port, name] of namedPorts(rules) ?? []) servePort(gate, address, { name, port });
process.stdout.write('ready\n');
