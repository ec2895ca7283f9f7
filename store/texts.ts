/** Texts of one kind by key, each forgotten some time after it was put. Rejects with `store-unavailable`. */
export interface Texts {
  /** The newest of a key counts. `keepMs`: how long it is kept; by default as long as its kind. */
  put(key: string, text: string, keepMs?: number): Promise<void>;
  /** Puts a text only where the key has none, in one step: of those who try at the same time one is first. The answer: what the key has now. */
  putFirst(key: string, text: string, keepMs?: number): Promise<string>;
  get(key: string): Promise<string | undefined>;
  /** Puts `after` in the place of `before`, in one step; false when something else is there by now. It is forgotten as if put. */
  swap(key: string, before: string, after: string): Promise<boolean>;
}
