import { CliError, codeOf, messageOf } from '../../../src/cli/io.js'

describe('messageOf', () => {
  it.each([
    { what: 'an error', error: new Error('no database'), text: 'no database' },
    { what: 'an error of another realm', error: { message: 'no database' }, text: 'no database' },
    {
      what: 'an error of many lines',
      error: new Error('Cannot find module x\nRequire stack:\n- y'),
      text: 'Cannot find module x',
    },
    {
      what: 'an error with a code only',
      error: Object.assign(new Error(''), { code: 'ECONNREFUSED' }),
      text: 'ECONNREFUSED',
    },
    { what: 'an error without a word', error: new Error(''), text: 'unknown error' },
    { what: 'a text that was thrown', error: 'oh no', text: 'unknown error' },
    { what: 'nothing that was thrown', error: null, text: 'unknown error' },
    { what: 'an error whose message is no text', error: { message: 7, code: 7 }, text: 'unknown error' },
  ])('says in one line what $what says', ({ error, text }) => {
    expect(messageOf(error)).toBe(text)
  })

  it('does not repeat the text that could not be parsed as JSON', () => {
    expect(messageOf(thrown('hush'))).not.toContain('hush')
    expect(messageOf(thrown('{"a": hush}'))).not.toContain('hush')
    expect(messageOf(thrown('{"a": "hush'))).not.toContain('hush')
  })

  function thrown(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch (error) {
      return error
    }
  }
})

describe('codeOf', () => {
  it('reads the code of a Node.js error', () => {
    expect(codeOf(Object.assign(new Error(), { code: 'EEXIST' }))).toBe('EEXIST')
    expect(codeOf(new Error())).toBeUndefined()
  })
})

describe('CliError', () => {
  it('has an exit code and keeps its cause', () => {
    const cause = new Error('disk')
    expect(new CliError('no', { cause, exitCode: 2 })).toMatchObject({
      name: 'CliError',
      message: 'no',
      cause,
      exitCode: 2,
    })
  })
})
