import type { HttpReply } from './http.ts';

/** Answers that are kept with their entity tags. */
const MOST_ANSWERS = 2_000;

/**
 * Answers of GitHub by address and credential, so that what has not changed costs nothing: a 304 does
 * not count against the primary limit (GitHub: "Use conditional requests"). The least lately used go
 * first.
 */
export class EntityTags {
  readonly #answers = new Map<string, { readonly tag: string; readonly reply: HttpReply }>();

  headerFor(key: string): Record<string, string> {
    const known = this.#answers.get(key);
    return known === undefined ? {} : { 'If-None-Match': known.tag };
  }

  /** The answer itself, or the kept one where GitHub says that it still holds. */
  settle(key: string, reply: HttpReply): HttpReply {
    const known = this.#answers.get(key);
    if (reply.status === 304 && known !== undefined) {
      this.#keep(key, known.tag, known.reply);
      return known.reply;
    }
    const { etag } = reply.headers;
    if (reply.status === 200 && etag !== undefined) this.#keep(key, etag, reply);
    return reply;
  }

  #keep(key: string, tag: string, reply: HttpReply): void {
    this.#answers.delete(key);
    this.#answers.set(key, { tag, reply });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
  }
}
