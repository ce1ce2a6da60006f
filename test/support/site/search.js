// The search page: finds sections in the list that was made with the site. Nothing is fetched, nothing is sent.
const MOST_RESULTS = 30
const SNIPPET_LENGTH = 180

const query = (new URL(window.location.href).searchParams.get('q') ?? '').trim()
const input = document.getElementById('q')
const found = document.getElementById('found')
const list = document.getElementById('results')

input.value = query
if (query === '') input.focus()
else show(find(query))

function find(words) {
  const index = new window.MiniSearch({
    idField: 'address',
    fields: ['heading', 'page', 'text'],
    storeFields: ['heading', 'page', 'text'],
    searchOptions: {
      boost: { heading: 4, page: 2 },
      // Explanations stand before lists of names.
      boostDocument: (address) => (address.startsWith('docs/reference/') ? 0.5 : 1),
      prefix: true,
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    },
  })
  index.addAll(window.sections)
  const every = index.search(words, { combineWith: 'AND' })
  return every.length > 0 ? every : index.search(words)
}

function show(results) {
  document.title = `${query} – ${document.title}`
  const shown = results.slice(0, MOST_RESULTS)
  found.textContent =
    results.length > shown.length
      ? `The best ${shown.length} of ${results.length} results for “${query}”`
      : `${results.length === 0 ? 'No' : results.length} ${results.length === 1 ? 'result' : 'results'} for “${query}”`
  list.append(...shown.map(item))
}

function item({ id, page, heading, text, terms }) {
  const link = document.createElement('a')
  link.href = id
  link.textContent = page.split(' – ')[0] === heading ? page : `${heading} – ${page}`
  const snippet = document.createElement('p')
  snippet.textContent = snippetOf(text, terms)
  const line = document.createElement('li')
  line.append(link, snippet)
  return line
}

function snippetOf(text, terms) {
  const lower = text.toLowerCase()
  const places = terms.map((term) => lower.indexOf(term)).filter((place) => place >= 0)
  const near = places.length === 0 ? 0 : Math.max(0, Math.min(...places) - SNIPPET_LENGTH / 3)
  const start = text.lastIndexOf(' ', near) + 1
  const space = text.indexOf(' ', start + SNIPPET_LENGTH)
  const end = space < 0 ? text.length : space
  return `${start > 0 ? '… ' : ''}${text.slice(start, end)}${end < text.length ? ' …' : ''}`
}
