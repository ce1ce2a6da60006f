import { generateKeyPairSync } from 'node:crypto'

import { checkConfiguration } from '../../../../src/cli/doctor/check-configuration.js'
import type { Cis2Options } from '../../../../src/options/cis2-options.js'
import { healthyOptions, NOW, SESSION_SECRET } from '../../../support/commands/doctor-case.js'

const session = { secret: SESSION_SECRET, redis: 'redis://127.0.0.1' }
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

function findings(options: Partial<Cis2Options>, env: Record<string, string> = {}) {
  return checkConfiguration(healthyOptions({ session, ...options }), env).findings
}

describe('checkConfiguration', () => {
  it('accepts what cis2Auth accepts, and says what to register', () => {
    const { config, findings: found } = checkConfiguration(healthyOptions({ session }), {})
    expect(config?.clientId).toBe(healthyOptions().clientId)
    expect(found).toEqual([
      { check: 'options', outcome: 'ok', message: 'every option is accepted' },
      { check: 'base-url', outcome: 'ok', message: 'https://clinic.example.nhs.uk' },
      {
        check: 'back-channel-logout',
        outcome: 'ok',
        message: 'to register: https://clinic.example.nhs.uk/backchannel-logout',
      },
      { check: 'roles', outcome: 'ok', message: expect.stringMatching(/^sent by CIS2/) as string },
    ])
  })

  it('has a problem for each option that cis2Auth refuses, and no configuration', () => {
    const { config, findings: found } = checkConfiguration(
      healthyOptions({ session, clientId: '', maxAuthAgeSeconds: -1 }),
      {},
    )
    expect(config).toBeUndefined()
    expect(found).toMatchObject([
      { check: 'options', outcome: 'problem', message: expect.stringContaining('clientId') as string },
      { check: 'options', outcome: 'problem', message: expect.stringContaining('maxAuthAgeSeconds') as string },
    ])
  })

  it('reads the environment that it is given, not that of this process', () => {
    const env = { NODE_ENV: 'production', NODE_TLS_REJECT_UNAUTHORIZED: '0' }
    expect(findings({}, env)).toMatchObject([
      { check: 'options', outcome: 'problem', message: expect.stringContaining('NODE_TLS_REJECT') as string },
    ])
  })

  it('warns of a baseUrl that is for development', () => {
    expect(findings({ baseUrl: 'http://localhost:3000/app' })).toContainEqual(
      expect.objectContaining({ check: 'base-url', outcome: 'warning' }),
    )
  })

  it('warns when back-channel logout is off', () => {
    expect(findings({ routes: { backChannelLogout: false } })).toContainEqual(
      expect.objectContaining({ check: 'back-channel-logout', outcome: 'warning' }),
    )
  })

  it.each(['nationalrbacaccess', 'selectedrole'])('FIELD-32 warns when scopes lack %s', (scope) => {
    const scopes = ['openid', 'nationalrbacaccess', 'selectedrole'].filter((one) => one !== scope).join(' ')
    expect(findings({ scopes })).toContainEqual(
      expect.objectContaining({ check: 'roles', outcome: 'warning', message: `scopes has no ${scope}` }),
    )
  })

  it('FIELD-32 explains what events say of roles that could not be read', () => {
    expect(findings({})).toContainEqual({
      check: 'roles',
      outcome: 'ok',
      message: expect.stringContaining('lacked person_roleid, role_code or org_code') as string,
    })
  })

  it('says which key signs now', () => {
    const keys = [
      { privateKey, kid: 'tomorrow', alg: 'ES256', notBefore: new Date(NOW + 86_400_000) },
      { privateKey, kid: 'today', alg: 'ES256', notBefore: new Date(NOW) },
    ] as const
    expect(findings({ clientAuthentication: { method: 'private_key_jwt', keys } })).toContainEqual({
      check: 'signing-key',
      outcome: 'ok',
      message: 'today signs; 2 in the list, all of them published',
    })
  })

  it('does not hide a fault of its own', () => {
    let asked = 0
    // parseOptions asks it once, and says itself what is wrong with an option.
    const clock = () => {
      if ((asked += 1) > 1) throw new RangeError('broken clock')
      return NOW
    }
    const keys = [{ privateKey, alg: 'ES256' }] as const
    expect(() => findings({ clock, clientAuthentication: { method: 'private_key_jwt', keys } })).toThrow('broken clock')
  })
})
