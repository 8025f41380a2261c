// A refusal over HTTP as an exception, and as the `error` event that says the same on a stream.

import { isObject } from "./decode";
import { NETWORK, type ErrorEvent, type Problem } from "./types";

/** A request that was refused, or that found no server. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

/** The problem in a response that is not a success. Something else than a problem document (a proxy's page) is told by status. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  const fields = isObject(body) ? body : {};
  const seconds = fields["retry_after"] ?? retryAfterHeader(response);
  return {
    status: response.status,
    code: typeof fields["code"] === "string" ? fields["code"] : codeOfStatus(response.status),
    detail: typeof fields["detail"] === "string" ? fields["detail"] : response.statusText,
    ...(typeof seconds === "number" ? { retry_after: seconds } : {}),
  };
}

/** What went wrong, whatever was thrown. `fetch` throws a TypeError when no answer came. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return { status: 0, code: NETWORK, detail: error instanceof Error ? error.message : String(error) };
}

/** The problem as an event of the answer to this message. */
export function errorEvent(id: string, problem: Problem): ErrorEvent {
  return {
    type: "error",
    id,
    code: problem.code,
    message: problem.detail,
    ...(problem.retry_after === undefined ? {} : { retry_after: problem.retry_after }),
  };
}

/** Whether a new session is what it takes. */
export function needsSession(code: string): boolean {
  return code === "unauthorized" || code === "session_required";
}

function retryAfterHeader(response: Response): number | undefined {
  const value = response.headers.get("retry-after");
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

function codeOfStatus(status: number): string {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 409) return "id_reused";
  if (status === 413) return "too_large";
  if (status === 429) return "rate_limited";
  if (status === 504) return "origin_timeout";
  return status >= 500 ? "unavailable" : "invalid";
}
