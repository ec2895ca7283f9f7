/** What a fault did, as it was measured in this run. */
export interface Finding {
  /** In words and numbers. */
  readonly measured: string;
  readonly pass: boolean;
}

/** One fault of the catalogue, and how it is tried out. */
export interface ChaosRow {
  /** Its number in the catalogue of faults: `B28`. */
  readonly row: string;
  readonly fault: string;
  /** What must hold, with its bound. */
  readonly expected: string;
  /** Whether it takes so little time that it is in the quick run. */
  readonly isQuick: boolean;
  run(): Promise<Finding>;
}

/** A row whose fault was tried out. */
export interface TriedRow extends Finding {
  readonly row: string;
  readonly fault: string;
  readonly expected: string;
}

/** Tries one row out. What it throws is a failure of the row, not of the run. */
export const tried = async ({ row, fault, expected, run }: ChaosRow): Promise<TriedRow> => {
  try {
    return { row, fault, expected, ...(await run()) };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { row, fault, expected, measured: `broke off: ${words.split('\n')[0]}`, pass: false };
  }
};

/** Milliseconds for people. */
export const inMs = (value: number): string => (Number.isFinite(value) ? `${Math.round(value)} ms` : 'none');
