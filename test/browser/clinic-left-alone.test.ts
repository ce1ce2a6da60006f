/** The example clinic when its user has gone away. */
import { useClinic } from './support/clinic.js'
import { signInAtCis2 } from './support/sign-in-pages.js'

const IDLE_TIMEOUT_SECONDS = 12

const clinic = useClinic({ idleTimeoutSeconds: IDLE_TIMEOUT_SECONDS, warnBeforeSeconds: 6, checkEverySeconds: 1 })

it('takes the patients off the screen when nobody answers', async () => {
  const { page } = clinic
  await clinic.open('/patients')
  await signInAtCis2(page, { with: 'smartcard', as: 'Ngozi Okafor' })
  expect(clinic.path()).toBe('/patients')
  await page.waitForURL('**/signed-out**', { timeout: (IDLE_TIMEOUT_SECONDS + 30) * 1000 })
  expect(await clinic.heading()).toBe('You have been signed out')
  expect(await clinic.main()).toContain('You did not use the clinic for a while.')
})
