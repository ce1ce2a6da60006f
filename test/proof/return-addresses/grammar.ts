/** Return addresses as an attacker writes them, and as pages of a clinic have them: one for each seed and number. */
import type { Draws } from '../draws.js'
import { CORPUS } from './corpus.js'

/** Characters and pieces that mean something to one reader of addresses or another. */
export const PIECES: readonly string[] = [
  ...'/\\.:@%?#;,&=+-_~!$\'"<>[]{}|^`*()'.split(''),
  ...'\t\n\r \0\x0b\x0c\x1f\x7f'.split(''),
  ...'0123456789abcdefx'.split(''),
  ...[
    '//',
    '/\\',
    '/.',
    '/..',
    '/./',
    '..;/',
    '%2f',
    '%2F',
    '%5c',
    '%09',
    '%0a',
    '%0d%0a',
    '%00',
    '%25',
    '%252f',
    '%c0%af',
  ],
  ...['evil.example', 'localhost', '127.0.0.1', 'http:', 'https:', 'javascript:', 'data:', 'blob:', 'xn--', '[::1]'],
  ...[
    '\u2215',
    '\uff0f',
    '\uff3c',
    '\u3002',
    '\uff0e',
    '\u2028',
    '\u00a0',
    '\u200b',
    '\u202e',
    '\ufeff',
    '\ud800',
    '\udc00',
    '💊',
  ],
  ...['/login', '/logout', '/callback', '/change-role', '/patients', '/clinic'],
]

const HOSTS = [
  ...[
    'evil.example',
    'evil.example:443',
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '[::1]',
    '[::ffff:7f00:1]',
  ],
  ...[
    'xn--e1afmkfd.example',
    'пример.example',
    'ℯvil.example',
    'evil。example',
    'EVIL.EXAMPLE.',
    'evil%2eexample',
    'a',
    '-',
  ],
  ...[
    'clinic.example',
    'clinic.example:8443',
    'clinic.example.evil.example',
    'clinic.example@evil.example',
    'clinic-example',
  ],
]
const OURS = ['clinic.example', 'own.example', '127.0.0.1:3000']
const SEGMENTS = [
  ...[
    'patients',
    'clinic',
    'app',
    'a',
    'b',
    '9434765919',
    'prescriptions',
    'notes',
    '~x',
    'a:b',
    'a@b',
    'a;v=1',
    'a=b',
    'x.y',
  ],
  ...['caf%C3%A9', '%E2%9C%93', 'a%20b', 'a+b', "o'neil", 'Łódź', '病', '(1)', '!', '*', '$', ',', '_', '-'],
]
const TRICKS = [
  ...[
    '.',
    '..',
    '',
    '%2e',
    '%2E%2e',
    '.%2e',
    '%2f',
    '%2F',
    '%5c',
    '%2f%2f',
    '..%2f',
    '%2e%2e%2f',
    '..;',
    '...',
    '\\',
    '..\\',
  ],
  ...['%09', '%0a', '%0d%0a', '%00', '%c0%af', '%252f', '%ff', '%', ';', '@', ':', 'login', 'logout', '\t', ' ', '/'],
]
const VALUES = [
  ...[
    '',
    '1',
    'a',
    'https://evil.example/',
    '//evil.example',
    '\\\\evil.example',
    '%2f%2fevil.example',
    '%0d%0aX:1',
    'javascript:1',
  ],
  ...['../../x', '/\\evil', '@evil', "'>", '"<', '{}', '|', '^', '`', '[0]', '%E2%82%AC', '€', '?', 'a?b', 'x/../y'],
]
const SCHEMES = [
  '',
  'http:',
  'https:',
  'HtTpS:',
  'javascript:',
  'data:',
  'blob:',
  'ftp:',
  'file:',
  'ws:',
  'x:',
  ':',
  '\x01https:',
]
const SLASHES = [
  '',
  '/',
  '//',
  '///',
  '////',
  '\\',
  '\\\\',
  '/\\',
  '\\/',
  '/\t/',
  '/\n/',
  '/\r\\',
  '/ /',
  '/./',
  '/.//',
  '%2f%2f',
  '／／',
]
const USERS = ['', '', '', 'clinic.example@', 'clinic.example:443@', 'a:b@', '@', ':@', '%40@', '\\@', '#@', '?@']
const MOST_PIECES = 14
const LONGEST_TAIL = 2100
const FILLER = '/patients/9434765919/notes'.repeat(100)

export function sample(draws: Draws): string {
  const kind = draws.below(1000)
  if (kind < 300) return soup(draws)
  if (kind < 620) return fromCorpus(draws)
  if (kind < 750) return hidden(draws)
  if (kind < 790) return page(draws)
  if (kind < 999) return authority(draws)
  return long(draws)
}

/** Anything after anything. */
function soup(draws: Draws): string {
  let text = draws.percent(80) ? '/' : ''
  for (let left = draws.below(MOST_PIECES); left > 0; left--) text += draws.pick(PIECES)
  return text
}

/** What has fooled others, as it is or with up to three changes. */
function fromCorpus(draws: Draws): string {
  let text = draws.pick(CORPUS)
  if (text.includes('EVIL')) text = text.replace('EVIL', draws.pick(HOSTS))
  if (text.includes('OWN')) text = text.replace('OWN', draws.pick(OURS))
  for (let left = draws.below(4); left > 0; left--) text = edited(text, draws)
  return text
}

function edited(text: string, draws: Draws): string {
  const at = draws.below(text.length + 1)
  switch (draws.below(8)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + encoded(text.charCodeAt(Math.min(at, text.length - 1))) + text.slice(at + 1)
    case 2:
      return text.slice(0, at) + text.slice(Math.max(0, at - 1))
    case 3:
      return `/${text}`
    case 4:
      return `/${draws.pick(SEGMENTS)}${text.startsWith('/') ? '' : '/'}${text}`
    case 5:
      return `${text}/${draws.pick(TRICKS)}`
    default:
      return text.slice(0, at) + draws.pick(PIECES) + text.slice(at)
  }
}

function encoded(code: number): string {
  return code < 0x80 ? `%${code.toString(16).padStart(2, '0')}` : '%E2%88%95'
}

/** A path in which dots, empty segments and encodings hide a host. */
function hidden(draws: Draws): string {
  let text = ''
  for (let left = 1 + draws.below(4); left > 0; left--) text += `/${draws.pick(draws.percent(45) ? TRICKS : SEGMENTS)}`
  return draws.percent(40) ? `${text}/${draws.pick(HOSTS)}` : text
}

/** What an honest page has, with anything behind `?` and `#`. */
function page(draws: Draws): string {
  let text = `/${draws.pick(SEGMENTS)}`
  for (let left = draws.below(3); left > 0; left--) text += `/${draws.pick(SEGMENTS)}`
  if (draws.percent(60)) text += `?${draws.pick(SEGMENTS)}=${draws.pick(VALUES)}`
  if (draws.percent(30)) text += `#${draws.pick(VALUES)}`
  return text
}

function authority(draws: Draws): string {
  const start = draws.pick(SCHEMES) + draws.pick(SLASHES) + draws.pick(USERS) + draws.pick(HOSTS)
  return draws.percent(50) ? `${start}/${draws.pick(SEGMENTS)}` : start
}

/** Around the longest that is taken, with something at its end. */
function long(draws: Draws): string {
  return FILLER.slice(0, draws.below(LONGEST_TAIL)) + draws.pick(CORPUS)
}
