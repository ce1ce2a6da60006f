import { pageWith } from '../../bench/page.mjs'

const OLD = '# Page\n\nOf yesterday.\n\n## One\n\n1\n\n## Two\n\n2\n\n## By hand\n\nText.\n'

describe('the page of measured figures', () => {
  it('gets the sections that a run has measured, which say when, and keeps the others', () => {
    expect(pageWith(OLD, '# Page\n\nOf today.\n\n## Two\n\n$& 22', 'Measured today.')).toBe(
      '# Page\n\nOf yesterday.\n\n## One\n\n1\n\n## Two\n\nMeasured today.\n\n$& 22\n\n## By hand\n\nText.',
    )
  })

  it('is that of a run which has measured everything, but for what others wrote', () => {
    expect(pageWith(OLD, '# Page\n\nOf today.\n\n## Two\n\n22\n\n## One\n\n11\n\n## New\n\n3', undefined)).toBe(
      '# Page\n\nOf today.\n\n## One\n\n11\n\n## Two\n\n22\n\n## By hand\n\nText.\n\n## New\n\n3',
    )
  })
})
