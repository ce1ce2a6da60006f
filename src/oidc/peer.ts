/** What calls to CIS2 are called, in messages and in telemetry. */
export const CIS2 = { peer: 'CIS2', kind: 'provider' } as const
