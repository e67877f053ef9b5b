const PREFIX = "emopoi.";

/** Small things that this browser keeps. A browser that keeps nothing is no error. */
export const storage = {
  read<T>(name: string, otherwise: T): T {
    try {
      const text = localStorage.getItem(PREFIX + name);
      return text === null ? otherwise : (JSON.parse(text) as T);
    } catch {
      return otherwise;
    }
  },

  /** @returns whether it was kept */
  write(name: string, value: unknown): boolean {
    try {
      localStorage.setItem(PREFIX + name, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },

  remove(name: string): void {
    try {
      localStorage.removeItem(PREFIX + name);
    } catch {
      // Nothing is kept then.
    }
  },
};
