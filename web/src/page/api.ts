/** A job as the server tells it. */
export interface Job {
  id: string;
  kind: string;
  name: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  progress: number;
  stage: string;
  error: string;
  created_s: number;
  ended_s: number | null;
  expires_s: number | null;
}

export interface About {
  version: string;
  kinds: { name: string; title: string; accepts: string[] }[];
  limits: { upload_mb: number; video_s: number; keep_h: number };
  tiles: string | null;
  folder: boolean;
  needs_token: boolean;
}

export interface ResultFile {
  name: string;
  bytes: number;
  url: string;
}

export interface Timeline {
  labels: string[];
  people: { id: number; time_s: number[]; confidence: number[]; fer7: number[][] }[];
}

/** What the server said instead of an answer. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const ROOT = "/api/v1";

export const api = {
  about: () => get<About>("/about"),
  files: () => get<string[]>("/files"),
  jobs: () => get<Job[]>("/jobs"),
  job: (id: string) => get<Job>(`/jobs/${id}`),
  resultFiles: (id: string) => get<ResultFile[]>(`/jobs/${id}/files`),
  timeline: (id: string) => get<Timeline>(`/jobs/${id}/timeline`),
  cancel: (id: string) => sent<Job>("POST", `/jobs/${id}/cancel`),
  delete: (id: string) => sent<void>("DELETE", `/jobs/${id}`),
  fromFile: (kind: string, path: string, options: Record<string, boolean>) =>
    sent<Job>("POST", "/jobs/from-file", { kind, path, consent: true, options }),
  session: (token: string) => sent<void>("POST", "/session", { token }),

  /** Sends a file as the body of one request. `fetch` tells nothing of how far it is, hence the older way. */
  upload(kind: string, file: File, options: Record<string, boolean>, onShare: (share: number) => void): Promise<Job> {
    const query = new URLSearchParams({ kind, name: file.name.slice(-200) || "unnamed", consent: "true" });
    for (const [name, value] of Object.entries(options)) query.set(name, String(value));
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", `${ROOT}/jobs?${query}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = (event) => event.lengthComputable && onShare(event.loaded / event.total);
      request.onerror = () => reject(new Error("offline"));
      request.onload = () => {
        if (request.status === 201) resolve(JSON.parse(request.responseText) as Job);
        else reject(new Refused(request.status, detailOf(request.responseText)));
      };
      request.send(file);
    });
  },

  /** Calls back with every change of a job; returns what ends that. */
  watch(id: string, onJob: (job: Job) => void): () => void {
    const source = new EventSource(`${ROOT}/jobs/${id}/events`);
    source.onmessage = (event) => {
      const job = JSON.parse(event.data as string) as Job;
      if (hasEnded(job)) source.close();
      onJob(job);
    };
    source.addEventListener("gone", () => source.close());
    return () => source.close();
  },
};

export function hasEnded(job: Job): boolean {
  return job.state !== "queued" && job.state !== "running";
}

async function get<T>(path: string): Promise<T> {
  return answered<T>(await fetch(ROOT + path));
}

async function sent<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers = body === undefined ? undefined : { "Content-Type": "application/json" };
  return answered<T>(await fetch(ROOT + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }));
}

async function answered<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  if (!response.ok) throw new Refused(response.status, detailOf(text));
  return JSON.parse(text) as T;
}

function detailOf(text: string): string {
  try {
    return String((JSON.parse(text) as { detail?: unknown }).detail ?? text);
  } catch {
    return text;
  }
}
