// What `nhsApi` costs a guarded request: one that does not use it, and one that has a token and uses it.
import { measureInTurns, startVariant } from '../support/side-by-side.mjs'
import { median, pairedRatio } from '../support/statistics.mjs'

const WITHOUT = { name: 'without nhsApi', file: 'cis2', signIn: 'provider', path: '/role' }
const UNUSED = { ...WITHOUT, name: 'with nhsApi, not used', settings: { nhsApi: true } }
const USED = { ...UNUSED, name: 'with nhsApi, headers() of a token that is there', path: '/nhs-api' }

/** Within two per cent. */
const WANTED = 0.98

export async function measureNhsApi(bench, times) {
  const running = []
  try {
    for (const variant of [WITHOUT, UNUSED, USED]) running.push(await startVariant(bench, variant))
    const found = await measureInTurns(running, ({ path }) => path, times)
    return running.map(({ variant }, each) => ({
      name: variant.name,
      rate: median(found[each].rates),
      microseconds: median(found[each].spent),
      ratio: pairedRatio(found[each].rates, found[0].rates),
      processorRatio: pairedRatio(found[each].spent, found[0].spent),
      wanted: variant === UNUSED ? WANTED : undefined,
    }))
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()))
  }
}
