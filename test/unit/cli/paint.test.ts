import { createPaint, printable } from '../../../src/cli/paint.js'

describe('createPaint', () => {
  const terminal = { isTTY: true, write: () => true }
  const pipe = { write: () => true }

  it('paints on a terminal', () => {
    expect(createPaint(terminal, {})('red', 'no')).toBe('\u001b[31mno\u001b[39m')
  })

  it.each([
    { what: 'a pipe', sink: pipe, env: {} },
    { what: 'a terminal with NO_COLOR', sink: terminal, env: { NO_COLOR: '1' } },
    { what: 'a dumb terminal', sink: terminal, env: { TERM: 'dumb' } },
  ])('leaves text alone on $what', ({ sink, env }) => {
    expect(createPaint(sink, env)('red', 'no')).toBe('no')
  })

  it('paints when NO_COLOR is set to nothing', () => {
    expect(createPaint(terminal, { NO_COLOR: '' })('bold', 'yes')).not.toBe('yes')
  })
})

describe('printable', () => {
  it('leaves no character that a terminal would obey', () => {
    expect(printable('a\u001b[2Jb\r\nc\u0007\u009bd é')).toBe('a?[2Jb??c??d é')
  })
})
