/** The clinic's records: a few patients who do not exist, and what was prescribed, kept in memory. */

export interface Patient {
  readonly id: string
  readonly name: string
  /** From the range that is kept for testing: no real person has it. */
  readonly nhsNumber: string
  readonly dateOfBirth: string
  readonly allergies: string
}

export interface Prescription {
  readonly medicine: string
  readonly directions: string
  readonly prescriber: string
  /** Epoch seconds. */
  readonly at: number
}

export interface Records {
  readonly patients: readonly Patient[]
  find(id: string): Patient | undefined
  prescriptionsOf(patient: Patient): readonly Prescription[]
  prescribe(patient: Patient, prescription: Prescription): void
}

const PATIENTS: readonly Patient[] = [
  {
    id: '1',
    name: 'Margaret Holloway',
    nhsNumber: '999 000 0018',
    dateOfBirth: '14 March 1951',
    allergies: 'Penicillin',
  },
  { id: '2', name: 'Daniel Osei', nhsNumber: '999 000 0026', dateOfBirth: '2 September 1987', allergies: 'None known' },
  { id: '3', name: 'Anita Desai', nhsNumber: '999 000 0034', dateOfBirth: '29 January 1994', allergies: 'None known' },
  { id: '4', name: 'Tomasz Zielinski', nhsNumber: '999 000 0042', dateOfBirth: '8 July 1968', allergies: 'Latex' },
]

/** What one can choose on the prescription form. */
export const MEDICINES: readonly string[] = [
  'Amoxicillin 500mg capsules',
  'Metformin 500mg tablets',
  'Ramipril 2.5mg capsules',
  'Salbutamol 100micrograms/dose inhaler',
]

/** A fresh set of records; gone when the process ends. */
export function createRecords(): Records {
  const prescriptions = new Map<string, Prescription[]>()
  return {
    patients: PATIENTS,
    find(id) {
      return PATIENTS.find((patient) => patient.id === id)
    },
    prescriptionsOf(patient) {
      return prescriptions.get(patient.id) ?? []
    },
    prescribe(patient, prescription) {
      prescriptions.set(patient.id, [...this.prescriptionsOf(patient), prescription])
    },
  }
}
