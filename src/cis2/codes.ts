/** The forms that national codes have, so that a code that can be nobody's is found when the route is defined. */

export interface CodeForm {
  readonly form: RegExp
  /** The end of the sentence about one of another form. */
  readonly wanted: string
}

/**
 * - Role profile `S8000:G8000:R8001` or job role `R8001`, activity `B0278`: the National RBAC Database, DSCN/ISB 1559.
 * - ODS codes have upper-case letters and digits, and no more than twelve of them.
 *
 * @see [National RBAC for developers](https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation/national-rbac-for-developers)
 * @see [Organisation Data Service](https://digital.nhs.uk/services/organisation-data-service)
 */
export const CODE_FORMS: Readonly<
  Record<'roles' | 'activities' | 'organisations', CodeForm> & { workgroups: undefined }
> = {
  roles: {
    form: /^(S\d{4}:G\d{4}:)?R\d{4}$/,
    wanted: 'must be a role code such as R8001 or S8000:G8000:R8001: nothing else matches any user',
  },
  activities: { form: /^B\d{4}$/, wanted: 'must be an activity code such as B0278: nothing else matches any role' },
  organisations: {
    form: /^[A-Z0-9]{1,12}$/,
    wanted: 'must be an ODS code such as RXX or A81001, in upper-case letters and digits',
  },
  /** Codes or names, and names are anything. */
  workgroups: undefined,
}
