/** A patient's demographics as the NHS has them, fetched from PDS as the member of staff who looks. */
import { Router } from 'express'
import type { Response } from 'express'
import { isCis2Error, requireCis2 } from 'express-cis2'

import type { Patient, Records } from '../clinic-records.js'

/**
 * Confidential patient data from outside of the clinic: AAL3, and a clinical role. A user at AAL2 is sent to sign in
 * more strongly and comes back here; another role gets the 403 page. PDS judges both once more, by the token.
 */
const cliniciansOnly = requireCis2({
  aal: 3,
  // Clinical Practitioner, Nurse, general practitioners, other health professionals, Midwife.
  roles: ['R8000', 'R8001', 'R0260', 'R0270', 'R6300', 'R8003', 'R8016'],
})

/** `GET /patients/:id/national-record` */
export function nationalRecordPage(records: Records): Router {
  const router = Router()

  router.get('/patients/:id/national-record', cliniciansOnly, async (req, res, next) => {
    const patient = records.find(String(req.params.id))
    if (!patient) {
      next()
      return
    }
    try {
      const nhsNumber = patient.nhsNumber.replaceAll(' ', '')
      const answer = await req.cis2.nhsApi.fetch(`/personal-demographics/FHIR/R4/Patient/${nhsNumber}`)
      await showAnswer(res, patient, answer)
    } catch (error) {
      showFailure(res, patient, error)
    }
  })

  return router
}

async function showAnswer(res: Response, patient: Patient, answer: globalThis.Response): Promise<void> {
  if (answer.status !== 200) {
    // An answer of theirs is for the support team, not for the clinician.
    await answer.body?.cancel()
    const problem = answer.status === 404 ? 'not-found' : 'refused'
    res.status(502).render('pages/national-record.njk', { patient, problem, status: answer.status })
    return
  }
  const record = readPatient(await answer.json())
  res.render('pages/national-record.njk', { patient, record })
}

/** What the user sees when it is refused or away. Anything else goes to our error handler. */
function showFailure(res: Response, patient: Patient, error: unknown): void {
  if (!isCis2Error(error)) throw error
  if (error.code === 'CIS2_STEP_UP_REQUIRED') {
    // The sign-in is so old that no token can be had with it any more: a new one brings her back here.
    const returnTo = encodeURIComponent(`/patients/${patient.id}/national-record`)
    res.redirect(303, `/login?maxAge=${String(error.maxAuthAgeSeconds)}&returnTo=${returnTo}`)
    return
  }
  if (error.code !== 'CIS2_API_TOKEN') throw error
  console.error(error)
  const isAway = error.reason === 'unavailable' || error.reason === 'rate-limited'
  res.status(error.status).render('pages/national-record.njk', { patient, problem: isAway ? 'away' : 'refused' })
}

/** What the page shows of a FHIR Patient; whatever is not as expected is left out. */
function readPatient(body: unknown): { name: string; birthDate: string } {
  const { name, birthDate } = Object(body) as { name?: unknown; birthDate?: unknown }
  const { given, family } = Object(Array.isArray(name) ? name[0] : undefined) as { given?: unknown; family?: unknown }
  const parts = [...(Array.isArray(given) ? (given as unknown[]) : []), family]
  return {
    name: parts.filter((part) => typeof part === 'string').join(' '),
    birthDate: inWords(birthDate),
  }
}

/** `1 January 1970`, as the clinic's own pages have it. PDS may know a year or a month alone: those stay as they are. */
function inWords(birthDate: unknown): string {
  if (typeof birthDate !== 'string') return ''
  const date = new Date(`${birthDate}T00:00:00Z`)
  return Number.isNaN(date.getTime())
    ? birthDate
    : date.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
}
