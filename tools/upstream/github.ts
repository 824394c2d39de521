import type { Octokit } from '@octokit/core';
import { Ajv } from 'ajv';
import path from 'node:path';
import { codeOf, UserError } from '../core/errors.ts';
import { out } from '../core/paths.ts';
import { readRecord, writeRecord } from '../core/record.ts';

/** What upstream says about a pull request or an issue. */
export interface Answer {
  readonly state: 'open' | 'closed' | 'merged';
  /** When it was opened, closed or merged. */
  readonly date: string;
  readonly title: string;
  /** When upstream was asked. */
  readonly asked: string;
}

/** What is known about pull requests and issues. */
export interface Known {
  /** Whether upstream was asked just now. */
  readonly note: string;
  /** Why it could not answer, one line each. */
  readonly faults: readonly string[];
  /** By address, without those that have never been answered. */
  readonly answers: ReadonlyMap<string, Answer>;
}

/** Why there is no answer. */
interface Fault {
  /** What is wrong and what can be done about it. */
  readonly reason: string;
  /** Whether the server could not be reached at all. */
  readonly offline: boolean;
}

/** The part of GitHub's answer that is used. */
interface Issue {
  title: string;
  state: 'open' | 'closed';
  created_at: string;
  closed_at: string | null;
  /** Only set for a pull request. */
  pull_request?: { merged_at?: string | null };
}

/** A server in between may answer with anything. */
const isIssue = new Ajv().compile<Issue>({
  type: 'object',
  required: ['title', 'state', 'created_at', 'closed_at'],
  properties: {
    title: { type: 'string' },
    state: { enum: ['open', 'closed'] },
    created_at: { type: 'string' },
    closed_at: { type: 'string', nullable: true },
    pull_request: { type: 'object', properties: { merged_at: { type: 'string', nullable: true } } },
  },
});

/** How many milliseconds to wait for an answer. */
const LIMIT = 5000;

const OFFLINE = 'offline: this is what was recorded';

const record = path.join(out, 'upstream.json');

/** The short name of an address, e.g. nodejs/node#63951. */
export function nameOf(address: string): string {
  return new URL(address).pathname.slice(1).replace(/\/(pull|issues)\//, '#');
}

/** What was recorded for these addresses. */
export async function recall(addresses: readonly string[]): Promise<Known> {
  const recorded = await readRecord<Record<string, Answer>>(record, '`make status ONLINE=1`') ?? {};
  return {
    note: `${OFFLINE}, upstream was not asked (\`make status ONLINE=1\` asks)`,
    faults: [],
    answers: new Map(Object.entries(recorded).filter(([address]) => addresses.includes(address))),
  };
}

/** The address of GitHub's API and the token to send. */
function settings(): { readonly api: string; readonly token: string | undefined } {
  const api = (process.env['GITHUB_API_URL'] || 'https://api.github.com').replace(/\/+$/, '');
  if (!/^https?:/.test(api) || !URL.canParse(api)) {
    throw new UserError(`GITHUB_API_URL=${api} is not an http or https address`, 'correct or unset it and run again');
  }
  const token = process.env['GITHUB_TOKEN'] || undefined;
  // An error about the header would print the token.
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new UserError('GITHUB_TOKEN has characters that no token has', 'correct or unset it and run again');
  }
  return { api, token };
}

/** Reads GitHub's answer. */
function answerOf(data: unknown, asked: string, host: string): Answer | Fault {
  if (!isIssue(data)) {
    return { reason: `what came back from ${host} is not GitHub's; check the network and GITHUB_API_URL`, offline: false };
  }
  const merged = data.pull_request?.merged_at;
  return {
    state: merged ? 'merged' : data.state,
    date: merged ?? data.closed_at ?? data.created_at,
    // Control characters would act on the terminal.
    title: data.title.replaceAll(/\p{C}+/gu, ' ').trim(),
    asked,
  };
}

/** What octokit throws. The status means nothing if there was no response. */
interface HttpError extends Error {
  readonly status: number;
  readonly response?: { readonly headers: Readonly<Record<string, string | undefined>> };
}

/** Why a request has no answer, and what can be done about it. */
function faultOf({ status, response, message, cause }: HttpError, host: string, hasToken: boolean): Fault {
  if (response === undefined) {
    const code = codeOf((cause as Error | undefined)?.cause);
    return { reason: `${host} cannot be reached (${code ?? message})`, offline: true };
  }
  const { 'x-ratelimit-remaining': left, 'x-ratelimit-reset': reset = '', 'retry-after': wait } = response.headers;
  const fault = (what: string, todo: string): Fault => ({ reason: `${what} (${status}); ${todo}`, offline: false });
  if (status === 429 || (status === 403 && (left === '0' || wait !== undefined))) {
    const isTold = left === '0' && /^\d{1,11}$/.test(reset);
    const when = isTold ? `after ${new Date(Number(reset) * 1000).toISOString()}` : 'later';
    return fault(`the rate limit of ${host} is reached`, `ask again ${when}${hasToken ? '' : ' or set GITHUB_TOKEN'}`);
  }
  switch (status) {
    case 401:
    case 403: return hasToken ?
      fault('GITHUB_TOKEN is not accepted', 'correct or unset it') :
      fault('a token is wanted', 'set GITHUB_TOKEN');
    case 404:
    case 410: return fault(`${host} has none there`, 'correct the address in proposals.json');
    default: return fault(`${host} gives an error`, 'ask again later');
  }
}

/** Asks for one address. */
async function request(octokit: Octokit, address: string, signal: AbortSignal): Promise<unknown> {
  const [owner, repo, number] = nameOf(address).split(/[/#]/) as [string, string, string];
  // GitHub has each pull request as an issue too.
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}', {
    owner, repo, issue_number: Number(number), request: { signal },
  });
  return data;
}

/** What is known when some requests were answered and others were not. */
function sum(before: Known, results: ReadonlyArray<readonly [string, Answer | Fault]>): Known {
  const answers = new Map(before.answers);
  const faults = new Map<string, string[]>();
  for (const [address, result] of results) {
    if ('reason' in result) faults.set(result.reason, [...faults.get(result.reason) ?? [], nameOf(address)]);
    else answers.set(address, result);
  }
  const isOffline = results.length > 0 && results.every(([, result]) => 'reason' in result && result.offline);
  if (isOffline) return { note: `${OFFLINE}, ${[...faults.keys()].join(', ')}`, faults: [], answers };
  const answered = results.filter(([, result]) => !('reason' in result)).length;
  return {
    note: `upstream was asked: ${answered} of ${results.length} answered`,
    faults: [...faults].map(([reason, names]) => `${names.join(', ')}: ${reason}`),
    answers,
  };
}

/**
 * Asks upstream once through GitHub's API, with GITHUB_TOKEN if it is set and at
 * GITHUB_API_URL if that is set. Answers are recorded. Where there is none, the recorded
 * one is used.
 * @param limit the time limit for all requests together, in milliseconds
 */
export async function ask(addresses: readonly string[], limit = LIMIT): Promise<Known> {
  const { api, token } = settings();
  const { host } = new URL(api);
  const before = await recall(addresses);
  // Loading it takes time, so only do it when it is needed.
  const { Octokit } = await import('@octokit/core');
  const octokit = new Octokit({ baseUrl: api, auth: token, userAgent: 'bindery' });
  const signal = AbortSignal.timeout(limit);
  const asked = new Date().toISOString();
  const late: Fault = { reason: `${host} gave no answer within ${limit / 1000} s`, offline: true };
  const one = async (address: string): Promise<Answer | Fault> => {
    try {
      const data = await request(octokit, address, signal);
      // A request that was cut off is returned as it is.
      return signal.aborted ? late : answerOf(data, asked, host);
    } catch (error) {
      if (signal.aborted) return late;
      if (typeof (error as Partial<HttpError>).status !== 'number') throw error;
      return faultOf(error as HttpError, host, token !== undefined);
    }
  };
  const results = await Promise.all(addresses.map(async (address) => [address, await one(address)] as const));
  const known = sum(before, results);
  if (known.answers.size > 0) await writeRecord(record, Object.fromEntries(known.answers));
  return known;
}
