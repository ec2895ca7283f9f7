/** Texts of one kind by key, each forgotten some time after it was put. Rejects with `store-unavailable`. */
export interface Texts {
  /** The newest of a key counts. */
  put(key: string, text: string): Promise<void>;
  get(key: string): Promise<string | undefined>;
  /** Puts `after` in the place of `before`, in one step; false when something else is there by now. It is forgotten as if put. */
  swap(key: string, before: string, after: string): Promise<boolean>;
}
