/** A provider that the test controls and an application in front of it, for a block of tests. */
import { ScriptedProvider } from './scripted-provider.js'
import { startApp, TestClock, type StartOptions, type TestApp } from './start-app.js'

export interface ProviderAndApp {
  readonly provider: ScriptedProvider
  readonly app: TestApp
}

/**
 * Starts both before the tests of the block at hand and stops them after.
 *
 * @param take - Is handed both once they have started.
 * @param options - Of the application; its clock is the provider's too, and by default stands still.
 */
export function withProviderAndApp(
  take: (both: ProviderAndApp) => void,
  { clock = new TestClock(), ...options }: Omit<StartOptions, 'provider'> = {},
): void {
  let both: ProviderAndApp | undefined

  beforeAll(async () => {
    const provider = await ScriptedProvider.start(clock)
    both = { provider, app: await startApp({ clock, provider, ...options }) }
    take(both)
  })

  afterAll(async () => {
    await both?.app.stop()
    await both?.provider.stop()
  })
}
