import type { PersonProfile } from "../profile/personProfile";
import { storage } from "./storage";

/** One time that something was saved. No picture and no identity is in it. */
export interface DiaryEntry {
  id: string;
  /** ISO time with offset zero */
  at: string;
  observed_s: number;
  fer7: Record<string, number>;
  emopoi8: Record<string, number>;
  valence: number;
  arousal: number;
  confidence: number;
  note: string;
}

interface DiaryFile {
  emopoi_diary: 1;
  entries: DiaryEntry[];
}

interface WritableHandle {
  name: string;
  createWritable(): Promise<{ write(text: string): Promise<void>; close(): Promise<void> }>;
}

const NAME = "diary";
const SWITCH = "diary-on";

/** Opt-in: kept in this browser, or in a file of the person's own; nowhere else. */
class Diary {
  private file: WritableHandle | null = null;
  private inFile: DiaryEntry[] = [];

  get on(): boolean {
    return this.file !== null || storage.read(SWITCH, false);
  }

  get fileName(): string | null {
    return this.file?.name ?? null;
  }

  switchOn(): void {
    storage.write(SWITCH, true);
  }

  /** Off means gone. */
  switchOff(): void {
    storage.remove(SWITCH);
    storage.remove(NAME);
    this.file = null;
    this.inFile = [];
  }

  /** The newest first. */
  entries(): DiaryEntry[] {
    const all = this.file ? this.inFile : storage.read<DiaryEntry[]>(NAME, []);
    return [...all].sort((a, b) => b.at.localeCompare(a.at));
  }

  /** @throws Error where it could not be kept */
  async add(person: PersonProfile): Promise<void> {
    const { observed_s, fer7, emopoi8, valence, arousal, confidence } = person;
    const at = new Date().toISOString();
    const id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    await this.keep([...this.entries(), { id, at, observed_s, fer7, emopoi8, valence, arousal, confidence, note: "" }]);
  }

  async note(id: string, note: string): Promise<void> {
    await this.keep(this.entries().map((entry) => (entry.id === id ? { ...entry, note } : entry)));
  }

  async remove(id: string): Promise<void> {
    await this.keep(this.entries().filter((entry) => entry.id !== id));
  }

  async clear(): Promise<void> {
    await this.keep([]);
  }

  toJson(): string {
    return JSON.stringify({ emopoi_diary: 1, entries: this.entries() } satisfies DiaryFile, null, 2);
  }

  toCsv(): string {
    const entries = this.entries();
    const states = Object.keys(entries[0]?.emopoi8 ?? {});
    const rows = entries.map((entry) => [
      entry.at,
      entry.observed_s,
      entry.valence,
      entry.arousal,
      entry.confidence,
      ...states.map((state) => entry.emopoi8[state] ?? ""),
      quoted(entry.note),
    ]);
    const head = ["at", "observed_s", "valence", "arousal", "confidence", ...states, "note"];
    return [head, ...rows].map((row) => row.join(",")).join("\n") + "\n";
  }

  /**
   * @returns how many entries were new
   * @throws Error where the text is no diary
   */
  async take(text: string): Promise<number> {
    const known = new Set(this.entries().map((entry) => entry.id));
    const fresh = entriesOf(text).filter((entry) => !known.has(entry.id));
    await this.keep([...this.entries(), ...fresh]);
    return fresh.length;
  }

  /** @returns false where this browser can not write files */
  async keepInFile(): Promise<boolean> {
    const pick = (window as { showSaveFilePicker?: (options: object) => Promise<WritableHandle> }).showSaveFilePicker;
    if (!pick) return false;
    const file = await pick({ suggestedName: "emopoi-diary.json", types: [{ accept: { "application/json": [".json"] } }] });
    const before = this.entries();
    this.file = file;
    storage.remove(NAME);
    storage.remove(SWITCH);
    await this.keep(before);
    return true;
  }

  private async keep(entries: DiaryEntry[]): Promise<void> {
    if (!this.file) {
      if (!storage.write(NAME, entries)) throw new Error("this browser keeps nothing more");
      return;
    }
    this.inFile = entries;
    const writable = await this.file.createWritable();
    await writable.write(this.toJson());
    await writable.close();
  }
}

function entriesOf(text: string): DiaryEntry[] {
  const found = JSON.parse(text) as Partial<DiaryFile>;
  if (found.emopoi_diary !== 1 || !Array.isArray(found.entries)) throw new Error("no diary");
  return found.entries.map(checked);
}

/** What is not of an entry stays outside: a file may come from anywhere. */
function checked({ id, at, observed_s, fer7, emopoi8, valence, arousal, confidence, note }: DiaryEntry): DiaryEntry {
  const shares = [...Object.entries(emopoi8), ...Object.entries(fer7)];
  const numbers = [observed_s, valence, arousal, confidence, ...shares.map(([, share]) => share)];
  const named = Object.keys(emopoi8).length > 0 && shares.every(([label]) => /^[A-Za-z]{1,40}$/.test(label));
  if (typeof id !== "string" || typeof note !== "string" || !named || !numbers.every(Number.isFinite)) throw new Error("no diary");
  return { id, at: new Date(at).toISOString(), observed_s, fer7, emopoi8, valence, arousal, confidence, note };
}

/** For spreadsheets: quoted, and never read as a formula. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

export const diary = new Diary();
