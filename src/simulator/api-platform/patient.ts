/** One NHS API behind the platform: the Personal Demographics Service, as far as an application's own tests need it. */
import { type Answer, jsonAnswer } from '../answer.js'
import type { Exchanged } from './api-tokens.js'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

interface PatientRequest {
  readonly nhsNumber: string
  /** What its access token stands for. */
  readonly exchanged: Exchanged | undefined
  readonly header: (name: string) => string | undefined
}

/** A patient for any NHS number, or the service's refusal. */
export function answerPatient(request: PatientRequest): { readonly answer: Answer; readonly refusal?: string } {
  const problem = problemWith(request)
  const echoed = Object.fromEntries(
    ['X-Request-ID', 'X-Correlation-ID'].flatMap((name) => {
      const value = request.header(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const body = problem ? outcomeOf(problem) : patientOf(request.nhsNumber)
  const answer = { ...jsonAnswer(problem?.status ?? 200, body, echoed), type: 'application/fhir+json' }
  return problem ? { answer, refusal: problem.diagnostics } : { answer }
}

interface Problem {
  readonly status: number
  readonly code: string
  readonly display: string
  readonly diagnostics: string
}

function problemWith({ nhsNumber, exchanged, header }: PatientRequest): Problem | undefined {
  if (!exchanged) {
    return {
      status: 401,
      code: 'ACCESS_DENIED',
      display: 'Access Denied to resource',
      diagnostics: 'Invalid access token - none was sent, or it is not one that this platform gave, or it has expired',
    }
  }
  const requestId = header('X-Request-ID')
  if (requestId === undefined) {
    const diagnostics = 'Invalid request with error - X-Request-ID header must be supplied to access this resource'
    return { status: 400, code: 'MISSING_VALUE', display: 'Required value is missing', diagnostics }
  }
  if (!UUID.test(requestId)) return invalid(`Invalid value - '${requestId}' in header 'X-Request-ID'`)
  const roleId = header('NHSD-Session-URID')
  if (roleId !== undefined && roleId !== exchanged.roleId) {
    return invalid(`Invalid value - '${roleId}' in header 'NHSD-Session-URID'`)
  }
  if (!/^\d{10}$/.test(nhsNumber)) {
    return {
      ...invalid('the NHS number must be 10 digits'),
      code: 'INVALID_RESOURCE_ID',
      display: 'Resource Id is invalid',
    }
  }
  return undefined
}

function invalid(diagnostics: string): Problem {
  return { status: 400, code: 'INVALID_VALUE', display: 'Provided value is invalid', diagnostics }
}

function outcomeOf({ status, code, display, diagnostics }: Problem) {
  const coding = [{ system: 'https://fhir.nhs.uk/R4/CodeSystem/Spine-ErrorOrWarningCode', version: '1', code, display }]
  const issue = { severity: 'error', code: status === 401 ? 'forbidden' : 'value', details: { coding }, diagnostics }
  return { resourceType: 'OperationOutcome', issue: [issue] }
}

function patientOf(nhsNumber: string) {
  return {
    resourceType: 'Patient',
    id: nhsNumber,
    identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber }],
    meta: { versionId: '1' },
    name: [{ id: '1', use: 'usual', family: 'Example', given: ['Pat'] }],
    gender: 'unknown',
    birthDate: '1970-01-01',
  }
}
