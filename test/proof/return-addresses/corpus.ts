/** Texts that have taken users off a site before, by what fooled the check: `EVIL` stands for a host, `OWN` for ours. */
const SLASHES = [
  '//EVIL',
  '///EVIL',
  '////EVIL',
  '/////EVIL',
  '/\\EVIL',
  '\\/EVIL',
  '\\\\EVIL',
  '/\\/EVIL',
  '\\/\\/EVIL',
]
const MORE_SLASHES = ['/\\\\EVIL', '//\\EVIL', '\\//EVIL', '/\\\\/EVIL', '//EVIL//', '//EVIL/%2f..', '///\\;@EVIL']
const BLANKS = ['\t', '\n', '\r', '\r\n', ' ', '\x00', '\x0b', '\x0c', '\x01', '\x1f', '\x7f', '\x85', '\xa0', '\u2028']
const AROUND_BLANKS = BLANKS.flatMap((blank) => [
  `/${blank}/EVIL`,
  `${blank}//EVIL`,
  `/${blank}${blank}/EVIL`,
  `//${blank}EVIL`,
  `/${blank}\\EVIL`,
  `/clinic${blank}//EVIL`,
  `java${blank}script:alert(1)`,
  `${blank}javascript:alert(1)`,
  `https:${blank}//EVIL`,
  `/ok${blank}Location: https://EVIL`,
])
const DOTS = [
  '.',
  '..',
  './/',
  '..//',
  './',
  '../',
  '%2e',
  '%2E%2e',
  '.%2e',
  '%2e.',
  '..;',
  '...',
  '%2e%2e%2f',
  '%252e',
]
const AROUND_DOTS = DOTS.flatMap((dots) => [
  `/${dots}//EVIL`,
  `/${dots}/EVIL`,
  `/${dots}\\EVIL`,
  `/${dots}/%2fEVIL`,
  `/a/${dots}//EVIL`,
  `/a/${dots}/%2fEVIL`,
  `/a/b/${dots}/${dots}//EVIL`,
  `/a/b/${dots}/${dots}/%5cEVIL`,
  `${dots}//EVIL`,
  `${dots}EVIL`,
])
const ENCODED = ['%2f', '%2F', '%5c', '%5C', '%09', '%0a', '%0d', '%0d%0a', '%00', '%20', '%252f', '%25252f', '%255c']
const MORE_ENCODED = ['%c0%af', '%c1%9c', '%e0%80%af', '%ef%bc%8f', '%e2%88%95', '%u2215', '%u002f', '%', '%2', '%zz']
const AROUND_ENCODED = [...ENCODED, ...MORE_ENCODED].flatMap((encoded) => [
  `/${encoded}EVIL`,
  `/${encoded}/EVIL`,
  `${encoded}/EVIL`,
  `${encoded}${encoded}EVIL`,
  `/${encoded}${encoded}EVIL`,
  `//${encoded}EVIL`,
  `/clinic${encoded}${encoded}EVIL`,
  `//EVIL${encoded}.OWN`,
  `//EVIL${encoded}@OWN`,
])
const LOOK_ALIKES = ['\u2215', '\u2044', '\uff0f', '\uff3c', '\u29f8', '\u2571', '\u3002', '\uff0e', '\uff61', '\u2024']
const AROUND_LOOK_ALIKES = LOOK_ALIKES.flatMap((one) => [
  `/${one}EVIL`,
  `${one}${one}EVIL`,
  `/${one}/EVIL`,
  `//EVIL${one}OWN`,
  `https:${one}${one}EVIL`,
  `/clinic${one}EVIL`,
])
const INVISIBLE = [
  '\u200b',
  '\u200c',
  '\u200d',
  '\u200e',
  '\u202e',
  '\u2060',
  '\ufeff',
  '\xad',
  '\u180e',
  '\ud800',
  '\udfff',
]
const AROUND_INVISIBLE = INVISIBLE.flatMap((one) => [`/${one}/EVIL`, `${one}//EVIL`, `/${one}\\EVIL`, `/clinic${one}`])
const USER_INFO = [
  '//OWN@EVIL',
  '//OWN:443@EVIL',
  '//OWN%40EVIL',
  'https://OWN@EVIL',
  'https://OWN:pass@EVIL',
  'https://OWN%2f@EVIL',
  'https://OWN\\@EVIL',
  'https://EVIL\\@OWN',
  'https://EVIL#@OWN',
  'https://EVIL?@OWN',
  'https://EVIL;@OWN',
  'https://EVIL&@OWN',
  '//EVIL\\@OWN',
  '/@EVIL',
  '@EVIL',
  '/:@EVIL',
  ':@EVIL',
  ':80',
  ':443/path',
  '/:80',
]
const HOSTS_LIKE_OURS = [
  'OWN.EVIL',
  'OWNEVIL',
  'EVIL/OWN',
  'EVIL?OWN',
  'EVIL#OWN',
  'OWN:8443',
  'OWN%00.EVIL',
  'xn--OWN',
]
const AROUND_HOSTS = HOSTS_LIKE_OURS.flatMap((host) => [`//${host}`, `https://${host}`, `https:${host}`, `/\\${host}`])
const SCHEMES = ['http', 'https', 'HTTPS', 'hTTp', 'ftp', 'ws', 'wss', 'file', 'data', 'javascript', 'vbscript', 'blob']
const MORE_SCHEMES = ['mailto', 'tel', 'view-source', 'about', 'intent', 'android-app', 'ms-word', 'x', 'x-y+z.1', '0']
const AROUND_SCHEMES = [...SCHEMES, ...MORE_SCHEMES].flatMap((scheme) => [
  `${scheme}:`,
  `${scheme}:EVIL`,
  `${scheme}:/EVIL`,
  `${scheme}://EVIL`,
  `${scheme}:///EVIL`,
  `${scheme}:\\\\EVIL`,
  `/${scheme}://EVIL`,
  `//${scheme}://EVIL`,
  `/${scheme}:EVIL`,
  `${scheme}%3a//EVIL`,
])
const ROUTES = ['/login', '/logout', '/callback', '/change-role', '/backchannel-logout'].flatMap((route) => [
  route,
  `${route}/`,
  `${route}?returnTo=//EVIL`,
  `/app${route}`,
  `/x/..${route}`,
  `/.${route}`,
  route.replace('o', '%6f'),
  route.toUpperCase(),
])
const PAGES = [
  '/',
  '/patients',
  '/patients/9434765919?tab=notes#latest',
  '/search?q=caf%C3%A9',
  '/a?next=https://EVIL/',
]
const MORE_PAGES = [
  '/clinic/',
  '/clinic;v=1',
  '/a//b',
  '/a/./b',
  '/a/b/../c',
  '/~nurse',
  '/a:b',
  '/a@b',
  '/?//EVIL',
  '/#//EVIL',
]
const NOT_A_PATH = [
  '',
  '?',
  '#',
  '.',
  '..',
  '?//EVIL',
  '#//EVIL',
  'EVIL',
  'patients',
  'null',
  'undefined',
  '[object Object]',
]

export const CORPUS: readonly string[] = [
  ...[SLASHES, MORE_SLASHES, AROUND_BLANKS, AROUND_DOTS, AROUND_ENCODED, AROUND_LOOK_ALIKES, AROUND_INVISIBLE].flat(),
  ...[USER_INFO, AROUND_HOSTS, AROUND_SCHEMES, ROUTES, PAGES, MORE_PAGES, NOT_A_PATH].flat(),
]
