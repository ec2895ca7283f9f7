/** Texts of one kind by key, each forgotten some time after it was put. Rejects with `store-unavailable`. */
export interface Texts {
  /** The newest of a key counts. `keepMs`: how long it is kept; by default as long as its kind. */
  put(key: string, text: string, keepMs?: number): Promise<void>;
  /** Puts a text only where the key has none, in one step: of those who try at the same time one is first. The answer: what the key has now. */
  putFirst(key: string, text: string, keepMs?: number): Promise<string>;
  get(key: string): Promise<string | undefined>;
  /** Puts `after` in the place of `before`, in one step; false when something else is there by now. It is forgotten as if put. */
  swap(key: string, before: string, after: string): Promise<boolean>;
  /** Forgets texts now. A key that has none is no matter. */
  drop(keys: readonly string[]): Promise<void>;
}

/** Texts whose keys can be gone through. */
export interface ListedTexts extends Texts {
  /**
   * Some `limit` of the keys behind `after`, which is '' at first and then the last answer's `next`; no `next`: that was the last page. A key that is there all the
   * time is found, maybe twice; one that comes or goes meanwhile may be.
   */
  page(after: string, limit: number): Promise<{ readonly keys: readonly string[]; readonly next?: string }>;
}
