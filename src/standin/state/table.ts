export type Key = string | number;

/**
 * One kind of thing in the state, by its key. It remembers which entries somebody asked for, because
 * these are the ones that may have changed: that is how a store on disk knows what to write (`disk/`).
 */
export class Table<K extends Key, V> extends Map<K, V> {
  readonly #touched = new Set<K>();

  override get(key: K): V | undefined {
    const value = super.get(key);
    if (value !== undefined) this.#touched.add(key);
    return value;
  }

  override set(key: K, value: V): this {
    // Map's own constructor calls this before there are private members; we never give it entries.
    this.#touched.add(key);
    return super.set(key, value);
  }

  override delete(key: K): boolean {
    this.#touched.add(key);
    return super.delete(key);
  }

  /** Says that an entry changes which was found in another way than by its key. */
  touch(key: K): void {
    this.#touched.add(key);
  }

  /** An entry, without a note that it may change. */
  look(key: K): V | undefined {
    return super.get(key);
  }

  /** The keys that were touched since the last call. */
  takeTouched(): readonly K[] {
    if (this.#touched.size === 0) return [];
    const keys = [...this.#touched];
    this.#touched.clear();
    return keys;
  }
}
