describe('the program', () => {
  const { argv } = process
  let exit: jest.SpyInstance
  let exited: Promise<number>
  let printed: string

  beforeEach(() => {
    printed = ''
    exited = new Promise((resolve) => {
      exit = jest.spyOn(process, 'exit').mockImplementation(((code: number) => {
        resolve(code)
      }) as never)
    })
    jest.spyOn(process.stdout, 'write').mockImplementation(((text: string, done?: () => void) => {
      printed += text
      done?.()
      return true
    }) as never)
  })
  afterEach(() => {
    process.argv = argv
    jest.restoreAllMocks()
    for (const event of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(event)
    process.stdout.removeAllListeners('error')
  })

  async function run(...words: string[]): Promise<void> {
    process.argv = ['node', 'express-cis2', ...words]
    await jest.isolateModulesAsync(async () => {
      await import('../../../src/cli/bin.js')
    })
  }

  it('runs the words after its name, and ends with the exit code', async () => {
    await run('--version')
    expect(await exited).toBe(0)
    expect(printed).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('ends with 1 when whoever reads the output has gone', async () => {
    await run('--version')
    await exited
    process.stdout.emit('error', new Error('EPIPE'))
    expect(exit).toHaveBeenLastCalledWith(1)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('stops the simulator on %s', async (signal) => {
    await run('simulator', '--port', '0')
    process.emit(signal)
    expect(await exited).toBe(0)
  })

  it('loads a module for the doctor by its path', async () => {
    await run('doctor', '--config', 'package.json')
    expect(await exited).toBe(1)
    expect(printed).toContain('clientId')
  })
})
