import type { StepAgent } from './step-agent.ts';

interface Member {
  readonly agent: StepAgent;
  /** Runs a command whose end nobody can foretell; takes no other request meanwhile. */
  running: boolean;
}

/** Idle agents that are kept per user; more are ended when they come back. */
const KEEP = 2;

/**
 * The agents of one container, by user. Short requests share an agent that runs no command; each
 * command has an agent to itself while it runs, so that calls never wait for one another.
 */
export class AgentPool {
  readonly #start: (user: string) => Promise<StepAgent>;
  readonly #members = new Map<string, Member[]>();
  readonly #starting = new Map<string, Promise<Member>>();

  constructor(start: (user: string) => Promise<StepAgent>) {
    this.#start = start;
  }

  /** An agent for requests that end by themselves at once. */
  async shared(user: string): Promise<StepAgent> {
    const free = this.#free(user);
    if (free !== undefined) return free.agent;
    const pending = this.#starting.get(user) ?? this.#add(user);
    return (await pending).agent;
  }

  /** An agent for one command; give it back when the command has ended. */
  async lend(user: string): Promise<{ readonly agent: StepAgent; giveBack(): void }> {
    let member = this.#free(user);
    while (member === undefined || member.running) {
      const started = await (this.#starting.get(user) ?? this.#add(user));
      member = started.running ? undefined : started;
    }
    const taken = member;
    taken.running = true;
    return {
      agent: taken.agent,
      giveBack: () => {
        taken.running = false;
        this.#trim(user);
      },
    };
  }

  #free(user: string): Member | undefined {
    return this.#members.get(user)?.find(({ agent, running }) => agent.usable && !running);
  }

  #add(user: string): Promise<Member> {
    const starting = this.#start(user)
      .then((agent) => {
        const member: Member = { agent, running: false };
        this.#members.set(user, [...(this.#members.get(user) ?? []), member]);
        return member;
      })
      .finally(() => this.#starting.delete(user));
    this.#starting.set(user, starting);
    return starting;
  }

  /** Lets go of agents that are used up, and of more idle ones than are worth keeping. */
  #trim(user: string): void {
    let kept = 0;
    const stays = (this.#members.get(user) ?? []).filter(({ agent, running }) => {
      if (running) return true;
      if (agent.usable && (!agent.idle || kept++ < KEEP)) return true;
      agent.end();
      return false;
    });
    this.#members.set(user, stays);
  }
}
