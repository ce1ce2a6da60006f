import { citedTests, plainText, readTable } from '../../../../../src/cli/evidence/facts/read-tables.js'

const PAGE = `# Page

## Other

| id | what |
| -- | ---- |
| no | none |

## Table

Words before it.

| id  | what it \\| asks |
| --- | ---------------- |
| A 1 | a \\| b          |
| A 2 |                  |

Words after it.
`

describe('readTable', () => {
  it('reads the rows below a heading, by column', () => {
    expect(readTable(PAGE, 'Table')).toEqual([
      { id: 'A 1', 'what it | asks': 'a | b' },
      { id: 'A 2', 'what it | asks': '' },
    ])
  })

  it.each(['Page', 'Nowhere'])('finds none below %s', (heading) => {
    expect(readTable(PAGE, heading)).toEqual([])
  })
})

describe('cells', () => {
  it('lose the marks of Markdown, and no underscore of a name', () => {
    expect(plainText('`auth_time` is _checked_, see [here](a.md#b)<br>**always**')).toBe(
      'auth_time is checked, see here always',
    )
  })

  it('name tests of the package', () => {
    expect(citedTests('`test/a.test.ts`: "LIN-1 asks"<br>`test/b.test.ts`: "x"')).toEqual([
      'test/a.test.ts: LIN-1 asks',
      'test/b.test.ts: x',
    ])
  })
})
