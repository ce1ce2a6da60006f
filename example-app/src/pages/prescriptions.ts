/** The prescription form: for prescribers, signed in with a strong authenticator. */
import express, { Router } from 'express'
import type { Request, RequestHandler, Response } from 'express'
import { cis2UserOf, requireCis2 } from 'express-cis2'

import { MEDICINES } from '../clinic-records.js'
import type { Patient, Records } from '../clinic-records.js'
import { leaveNotice } from '../notices.js'

/**
 * AAL3 **and** a prescriber's role or activity. A user at AAL2 is sent to CIS2 to sign in more strongly and comes back
 * to the form; a user whose selected role is not a prescriber's gets the 403 page.
 */
const prescribersOnly = requireCis2({
  aal: 3,
  anyOf: [
    // Clinical Practitioner, General Medical Practitioner, Salaried and Sessional General Practitioner.
    { roles: ['R8000', 'R0260', 'R0270', 'R6300'] },
    // A nurse or pharmacist who may prescribe has the activity in addition to the role.
    { activities: ['B0420'] },
  ],
})

/** `GET` and `POST /patients/:id/prescribe`, guarded alike: the form is no protection for what it is sent to. */
export function prescriptionPages(records: Records): Router {
  const router = Router()

  const withPatient: RequestHandler = (req, res, next) => {
    res.locals.patient = records.find(String(req.params.id))
    next(res.locals.patient ? undefined : 'route')
  }

  router.get('/patients/:id/prescribe', prescribersOnly, withPatient, (_req, res) => {
    showForm(res, { medicine: '', directions: '' }, [])
  })

  router.post(
    '/patients/:id/prescribe',
    prescribersOnly,
    withPatient,
    express.urlencoded({ extended: false, limit: '10kb' }),
    (req: Request, res: Response) => {
      const patient = res.locals.patient as Patient
      const entered = readForm(req.body)
      const mistakes = findMistakes(entered)
      if (mistakes.length > 0) {
        showForm(res.status(422), entered, mistakes)
        return
      }
      records.prescribe(patient, { ...entered, prescriber: cis2UserOf(req).name, at: Math.floor(Date.now() / 1000) })
      leaveNotice(req, `${entered.medicine} prescribed`)
      res.redirect(303, `/patients/${patient.id}`)
    },
  )

  return router
}

interface Entered {
  medicine: string
  directions: string
}

interface Mistake {
  text: string
  href: string
}

function readForm(body: unknown): Entered {
  const fields = new Map(Object.entries(body ?? {}))
  const text = (name: string) => {
    const value: unknown = fields.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  return { medicine: text('medicine'), directions: text('directions') }
}

function findMistakes({ medicine, directions }: Entered): Mistake[] {
  const mistakes: Mistake[] = []
  if (!MEDICINES.includes(medicine)) mistakes.push({ text: 'Select a medicine', href: '#medicine' })
  if (directions === '') mistakes.push({ text: 'Enter directions for the patient', href: '#directions' })
  if (directions.length > 200) {
    mistakes.push({ text: 'Directions must be 200 characters or less', href: '#directions' })
  }
  return mistakes
}

function showForm(res: Response, entered: Entered, mistakes: Mistake[]): void {
  res.render('pages/prescribe.njk', {
    medicines: MEDICINES.map((medicine) => ({ value: medicine, text: medicine })),
    entered,
    mistakes,
    medicineMistake: mistakes.find(({ href }) => href === '#medicine'),
    directionsMistake: mistakes.find(({ href }) => href === '#directions'),
  })
}
