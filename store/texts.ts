/** Texts of one kind by key, each forgotten some time after it was put. Rejects with `store-unavailable`. */
export interface Texts {
  /** The newest of a key counts. */
  put(key: string, text: string): Promise<void>;
  get(key: string): Promise<string | undefined>;
}
