// Leaves out what no test is to hold: the wording of messages, for tests compare codes and effects, never sentences; and
// what the compiler holds, the values of a table of which only the names are read.

/** What is handed a sentence for developers. */
const TAKES_WORDS = /^(refuse\w*|notMounted|problems\.push|super|\w*(Error|Fault))$/

function calleeOf({ callee }) {
  if (callee?.type === 'Identifier') return callee.name
  if (callee?.type === 'Super') return 'super'
  if (callee?.type !== 'MemberExpression') return ''
  return `${callee.object.name ?? ''}.${callee.property.name ?? ''}`
}

/** The call that a text is an argument of, alone or in a list. */
function callAround(path) {
  const parent = path.parentPath
  if (parent?.isArrayExpression() || parent?.isConditionalExpression()) return callAround(parent)
  return parent?.isCallExpression() || parent?.isNewExpression() ? parent.node : undefined
}

function hasSpace(node) {
  const text = node.type === 'StringLiteral' ? node.value : node.quasis.map(({ value }) => value.raw).join('')
  return text.includes(' ')
}

const isText = (path) => path.isStringLiteral() || path.isTemplateLiteral()

/** A text that is handed on as words, or a list of nothing else. */
function isWording(path) {
  const texts = path.isArrayExpression() ? path.get('elements') : [path]
  if (texts.length === 0 || !texts.every((text) => isText(text) && hasSpace(text.node))) return false
  const call = callAround(path)
  return call !== undefined && TAKES_WORDS.test(calleeOf(call))
}

const ignored = {
  shouldIgnore(path) {
    if (isText(path) || path.isArrayExpression()) return isWording(path) ? 'words for developers' : undefined
    const isName = path.isBooleanLiteral() && path.findParent((each) => each.isTSSatisfiesExpression())
    return isName ? 'the compiler holds it' : undefined
  },
}

export const strykerPlugins = [{ kind: 'Ignore', name: 'ignored', value: ignored }]
