import { ok, type Finding } from '../../../../src/cli/doctor/findings.js'
import { runParts } from '../../../../src/cli/doctor/run-parts.js'

const FINE: readonly Finding[] = [ok('redis', 'fine')]
const fine = (name: string) => ({ name, findings: Promise.resolve([...FINE]) })
const never = (name: string) => ({ name, findings: new Promise<Finding[]>(() => undefined) })

describe('runParts', () => {
  it('gives the findings in the order of the parts', async () => {
    const slow = new Promise<Finding[]>((resolve) => {
      setImmediate(resolve, [ok('discovery', 'slow')])
    })
    const found = await runParts([{ name: 'CIS2', findings: slow }, fine('Redis')])
    expect(found.map(({ check }) => check)).toEqual(['discovery', 'redis'])
  })

  it('waits no longer than the limit, keeps what there is, and says what is missing and the limit', async () => {
    const found = await runParts([never('CIS2'), fine('Redis')], { limitSeconds: 0.01 })
    expect(found).toMatchObject([
      { check: 'redis', outcome: 'ok' },
      {
        check: 'time',
        outcome: 'problem',
        message: expect.stringMatching(/^CIS2 was not done within 0.01 s/) as string,
      },
    ])
  })

  it('counts what was used of the limit before', async () => {
    const found = await runParts([never('CIS2')], { elapsedSeconds: 30 })
    expect(found).toMatchObject([{ check: 'time', message: expect.stringContaining('within 30 seconds') as string }])
  })

  it('tells who is waited for, each time that there are fewer', async () => {
    const told: string[] = []
    await runParts([fine('CIS2'), fine('Redis')], { onWaiting: (names) => told.push(names.join(' ')) })
    expect(told).toEqual(['CIS2 Redis', 'Redis', ''])
  })

  it.each(['before', 'while'])('ends with one sentence when interrupted %s it waits', async (when) => {
    const interrupt = new AbortController()
    if (when === 'before') interrupt.abort()
    const running = runParts([never('CIS2')], { signal: interrupt.signal })
    interrupt.abort()
    await expect(running).rejects.toMatchObject({ message: 'Interrupted.', exitCode: 1 })
  })

  it('does not hide a fault of a part', async () => {
    const broken = { name: 'Redis', findings: Promise.reject(new RangeError('broken')) }
    await expect(runParts([broken])).rejects.toThrow('broken')
  })
})
