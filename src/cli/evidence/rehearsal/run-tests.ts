/** Runs tests one after the other, and writes down each with its messages and what the audit stream said. */
import { isDeepStrictEqual } from 'node:util'

import type { Cis2Event } from '../../../events.js'
import { messageOf } from '../../io.js'
import type { Against, Message, TestRow } from '../report.js'
import { NotReachedError } from './scene.js'
import type { Target, TestCase, Verdict } from './test-case.js'

/** What is written down while a test runs. */
export interface Notes {
  readonly messages: readonly Message[]
  readonly events: readonly Cis2Event[]
  clear(): void
}

export interface Run<Subject extends Target> {
  readonly tests: readonly TestCase<Subject>[]
  readonly subject: Subject
  readonly notes: Notes
  readonly against: Against
  /** Done before each test, and not written down. */
  readonly prepare?: () => Promise<unknown>
  /** Why no test of these can prove anything; undefined when they can. */
  readonly blocked?: string | undefined
  readonly progress: (row: TestRow) => void
}

export async function runTests<Subject extends Target>(run: Run<Subject>): Promise<TestRow[]> {
  const rows: TestRow[] = []
  for (const test of run.tests) {
    const row = await runTest(test, run)
    run.progress(row)
    rows.push(row)
  }
  return rows
}

async function runTest<Subject extends Target>(test: TestCase<Subject>, run: Run<Subject>): Promise<TestRow> {
  const { subject, notes, against, prepare, blocked } = run
  await prepare?.()
  notes.clear()
  const started = Date.now()
  const { passed, answer } = blocked === undefined ? await verdictOf(test, subject) : { passed: null, answer: blocked }
  const { id, name, request, expected, requirements = [] } = test
  return {
    ...{ id, name, against, passed, request, expected, answer },
    event: tellEvents(notes.events),
    proof: 'run now',
    at: new Date(started).toISOString(),
    milliseconds: Date.now() - started,
    messages: condensed(notes.messages),
    requirements,
  }
}

async function verdictOf<Subject extends Target>(test: TestCase<Subject>, subject: Subject): Promise<Verdict> {
  try {
    return await test.run(subject)
  } catch (error) {
    // Nothing is proved by a test that could not be carried out.
    return { passed: null, answer: `not run: ${error instanceof NotReachedError ? error.message : messageOf(error)}` }
  }
}

/** A request and its answer that follow each other several times are told once. */
function condensed(messages: readonly Message[]): Message[] {
  const told: Message[] = []
  for (let at = 0; at < messages.length;) {
    const pair = messages.slice(at, at + 2)
    let times = 1
    while (isSame(pair, messages.slice(at + 2 * times, at + 2 * times + 2))) times += 1
    told.push(
      ...(times > 1 ? pair.map((each) => ({ ...each, label: `${each.label} (${times} times)` })) : pair.slice(0, 1)),
    )
    at += times > 1 ? 2 * times : 1
  }
  return told
}

function isSame(pair: readonly Message[], other: readonly Message[]): boolean {
  return pair.length === 2 && pair.every((each, index) => isDeepStrictEqual(each, other[index]))
}

/** Type and reason, and nobody's name. Sign-ins that began are in every test, and say nothing. */
function tellEvents(events: readonly Cis2Event[]): string {
  const told = events
    .filter(({ type }) => type !== 'sign-in.started')
    .map(({ type, reason }) => (reason === undefined ? type : `${type} (${reason})`))
  const counted = [...new Set(told)].map((each) => {
    const times = told.filter((other) => other === each).length
    return times === 1 ? each : `${each}, ${times} times`
  })
  return counted.join('; ')
}
