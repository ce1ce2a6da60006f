/** What `express-cis2 evidence` finds out: the content of `evidence.json`, and of the two documents made from it. */
import type { Finding } from '../doctor/findings.js'

/** What a row rests on. Each row of each part names one. */
export type Proof = 'run now' | 'configuration' | 'doctor' | 'package test' | 'declare yourself'

/** Who was tested: the team's application, or a small one of ours with the team's options. */
export type Against = 'application' | 'running application' | 'configuration'

/** Who takes part in a test. */
export type Lane = 'browser' | 'app' | 'cis2'

/** One message of a test, for its sequence diagram. */
export interface Message {
  readonly from: Lane
  readonly to: Lane
  readonly label: string
}

/** A requirement of CIS2 that is publicly known. */
export interface RequirementRow {
  readonly id: string
  /** What it asks, in the words of `docs/conformance.md`. */
  readonly asks: string
  /** Null: nothing here can say. */
  readonly met: boolean | null
  readonly proof: Proof
  /** How the package meets it. */
  readonly how: string
  /** What was seen of this application. */
  readonly detail: string
  /** Names of the tests below that bear on it. */
  readonly tests: readonly string[]
  /** The package's own tests. */
  readonly packageTests: readonly string[]
}

export interface SettingRow {
  readonly option: string
  /** Never a secret. */
  readonly value: string
  /** The safe default, where there is one. */
  readonly usual?: string
  /** What it means that the value is another; given for a departure alone. */
  readonly departure?: string
  readonly proof: Proof
}

export interface ParameterRow {
  readonly parameter: string
  /** As sent in the rehearsal; what is made up for each request is described. */
  readonly sent: string
  readonly meaning: string
  readonly proof: Proof
}

/** One negative test. */
export interface TestRow {
  /** Stable. */
  readonly id: string
  readonly name: string
  readonly against: Against
  /** Null: it could not be run; `answer` says why. */
  readonly passed: boolean | null
  /** What was sent. */
  readonly request: string
  readonly expected: string
  /** What came back. */
  readonly answer: string
  /** What the audit stream said. */
  readonly event: string
  readonly proof: Proof
  /** When, by the clock of the world. */
  readonly at: string
  readonly milliseconds: number
  readonly messages: readonly Message[]
  /** Ids of the requirements that it bears on. */
  readonly requirements: readonly string[]
}

export interface KeptRow {
  readonly what: string
  readonly where: string
  readonly howLong: string
  readonly sealed: string
  readonly proof: Proof
}

export interface HazardRow {
  readonly id: string
  readonly hazard: string
  readonly cause: string
  readonly effect: string
  readonly control: string
  readonly evidence: string
  readonly proof: Proof
}

export interface AsvsRow {
  readonly item: string
  readonly asks: string
  readonly whose: 'ours' | 'yours' | 'both' | 'not applicable'
  readonly how: string
  readonly proof: Proof
}

/** Cases of one kind that the package itself is attacked with, in its own tests. */
export interface CaseGroupRow {
  readonly group: string
  /** Numbers of those that a test shows; the test carries the number in its name. */
  readonly cases: string
  /** How many those are. */
  readonly count: number
  /** Files or folders of the package's repository. */
  readonly where: readonly string[]
  readonly untested: readonly UntestedCases[]
  readonly proof: Proof
}

/** Cases that do not apply, or that no test can show. */
export interface UntestedCases {
  readonly cases: string
  readonly why: string
}

export interface ComponentRow {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly purl: string
  readonly proof: Proof
}

export interface StepRow {
  readonly step: string
  readonly shows: string
  readonly proof: Proof
}

export interface LeftRow {
  readonly what: string
  readonly why: string
  readonly proof: Proof
}

export interface ReplacedRow {
  readonly option: string
  /** What stood in its place. */
  readonly by: string
  readonly proof: Proof
}

export interface About {
  /** When the command was run. */
  readonly date: string
  /** Of this package. */
  readonly version: string
  readonly node: string
  readonly baseUrl: string
  readonly issuer: string
  /** What stood in for what while the tests ran. */
  readonly replaced: readonly ReplacedRow[]
  /**
   * SHA-256 over everything but dates, times, doctor's findings and what is left: the same again for the same application,
   * configuration and versions.
   */
  readonly hash: string
}

/** The whole of it. */
export interface EvidenceReport {
  readonly about: About
  readonly requirements: readonly RequirementRow[]
  readonly configuration: readonly SettingRow[]
  readonly authorizationRequest: readonly ParameterRow[]
  readonly tests: readonly TestRow[]
  /** Undefined: not asked. */
  readonly doctor: readonly Finding[] | undefined
  readonly kept: readonly KeptRow[]
  readonly hazards: readonly HazardRow[]
  readonly asvs: readonly AsvsRow[]
  readonly securityCases: readonly CaseGroupRow[]
  /** Undefined: npm could not list them. */
  readonly components: readonly ComponentRow[] | undefined
  readonly demonstration: readonly StepRow[]
  readonly left: readonly LeftRow[]
}
