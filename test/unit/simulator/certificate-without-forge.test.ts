import { startSimulator } from '../../../src/simulator/index.js'

jest.mock('node-forge', () => {
  throw Object.assign(new Error("Cannot find package 'node-forge'"), { code: 'MODULE_NOT_FOUND' })
})

it('says what https needs where node-forge is not installed, and needs it for nothing else', async () => {
  await expect(startSimulator({ https: true })).rejects.toMatchObject({
    code: 'SIMULATOR_OPTIONS',
    problems: [expect.stringContaining('npm install --save-dev node-forge')],
  })
  await (await startSimulator()).stop()
})
