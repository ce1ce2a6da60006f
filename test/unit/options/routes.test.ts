import { configOf, options, problemsOf, type Anything } from './support.js'

const routesOf = (routes: Anything) => configOf(options({ routes })).routes
const problemsWith = (routes: Anything) => problemsOf(options({ routes }))

describe('routes', () => {
  it('replaces those that are given, and keeps the others', () => {
    expect(routesOf({ login: '/auth/sign-in', session: false })).toMatchObject({
      login: '/auth/sign-in',
      session: false,
      callback: '/callback',
    })
  })

  it('switches change of role off with the callback', () => {
    expect(routesOf({ login: false, callback: false })).toMatchObject({
      login: false,
      callback: false,
      changeRole: false,
    })
  })

  it('leaves the callback on without login: req.cis2.signIn starts sign-ins too', () => {
    expect(routesOf({ login: false, changeRole: false }).callback).toBe('/callback')
  })

  it('refuses a sign-in that could start and not end', () => {
    expect(problemsWith({ callback: false })).toEqual(['routes.login needs routes.callback'])
    expect(problemsWith({ callback: false, login: false, changeRole: '/role' })).toEqual([
      'routes.changeRole needs routes.callback',
    ])
  })

  it.each(['callback', 'logout', 'backChannelLogout'])('refuses two routes of one path: login and %s', (name) => {
    expect(problemsWith({ [name]: '/LOGIN' })).toEqual([`routes.${name} must differ from the other routes`])
  })

  it.each([
    '',
    '/',
    'login',
    '/login/',
    '//login',
    '/a/../b',
    '/./login',
    '/log in',
    '/:id',
    '/a*',
    '/%6cogin',
    '/a?b',
    true,
    null,
    7,
  ])('refuses %p', (path) => {
    const problems = problemsWith({ login: path })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^routes\.login must /)
  })

  it('names the route that was meant', () => {
    expect(problemsWith({ backchannelLogout: '/bcl' })).toEqual([
      '"routes.backchannelLogout" is not an option; did you mean "backChannelLogout"?',
    ])
  })
})
