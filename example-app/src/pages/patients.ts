/** The patient list and a patient's page: for everybody who is signed in. */
import { Router } from 'express'
import { requireCis2 } from 'express-cis2'

import type { Patient, Records } from '../clinic-records.js'
import { takeNotice } from '../notices.js'

/** `/patients` and `/patients/:id`. Every sign-in to this clinic reached AAL2: that is the `aal` of `cis2Auth`. */
export function patientPages(records: Records): Router {
  const router = Router()

  router.get('/patients', requireCis2(), (_req, res) => {
    res.render('pages/patients.njk', { rows: records.patients.map(tableRow) })
  })

  router.get('/patients/:id', requireCis2(), (req, res, next) => {
    const patient = records.find(String(req.params.id))
    if (!patient) {
      next()
      return
    }
    res.render('pages/patient.njk', {
      patient,
      prescriptions: records.prescriptionsOf(patient),
      notice: takeNotice(req),
    })
  })

  return router
}

/** Cells as the design system's table takes them. */
function tableRow({ id, name, nhsNumber, dateOfBirth }: Patient) {
  return [
    { text: name, href: `/patients/${id}` },
    { text: nhsNumber },
    { text: dateOfBirth },
    { text: 'Prescribe', visuallyHiddenText: `for ${name}`, href: `/patients/${id}/prescribe` },
  ]
}
